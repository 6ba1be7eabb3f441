// What is written and not sent yet outlives the session: it stays in this tab, for its writer and for what it is about.

import { useState } from "preact/hooks";
import { useDesk } from "./desk";

const mark = "unsent ";

/** stored runs what needs the tab's storage, which a browser may refuse: texts then last as long as the page. */
function stored<T>(does: (s: Storage) => T, otherwise: T): T {
  try {
    return does(sessionStorage);
  } catch {
    return otherwise;
  }
}

const ofUser = (user: string) => mark + JSON.stringify(user) + " ";

/** unsent returns under which names a user's texts wait in this tab. */
export const unsent = (user: string) => stored((s) => Object.keys(s).filter((k) => k.startsWith(ofUser(user))), []);

/** forget takes a user's texts out of this tab. */
export const forget = (user: string) => unsent(user).forEach((k) => sessionStorage.removeItem(k));

/** useKept is a text about something, such as the comment on an alert. It is there again after a log-in or a reload, until it is sent and set to "". */
export function useKept(about: string): [string, (text: string) => void] {
  const name = ofUser(useDesk().session.user ?? "") + about;
  const [now, setNow] = useState({ name: "", text: "" });
  const text = now.name === name ? now.text : stored((s) => s.getItem(name) ?? "", "");
  return [text, (t) => {
    setNow({ name, text: t });
    stored((s) => (t === "" ? s.removeItem(name) : s.setItem(name, t)), undefined);
  }];
}
