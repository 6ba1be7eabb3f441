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

/** useKept is a text about something, such as the comment on an alert. It is there again after a log-in or a reload, until it is sent or given up, and set to what it was. */
export function useKept(about: string, was = ""): [string, (text: string) => void] {
  const name = ofUser(useDesk().session.user ?? "") + about;
  const [now, setNow] = useState({ name: "", text: "" });
  const text = now.name === name ? now.text : (stored((s) => s.getItem(name), null) ?? was);
  return [text, (t) => {
    setNow({ name: t === was ? "" : name, text: t });
    stored((s) => (t === was ? s.removeItem(name) : s.setItem(name, t)), undefined);
  }];
}

/** useDraft is a change of something that is there, kept as useKept keeps a text: draft is what is written, from the first letter or since begin, until end; stale says that what is there has changed since. */
export function useDraft<T extends { version?: number }>(about: string, now: T) {
  const [kept, keep] = useKept(about);
  const [begun, setBegun] = useState<T>();
  const draft = kept === "" ? begun : (JSON.parse(kept) as T);
  return {
    draft,
    stale: draft !== undefined && draft.version !== now.version,
    begin: () => setBegun(now),
    write: (part: Partial<T>) => keep(JSON.stringify({ ...(draft ?? now), ...part })),
    end: () => (keep(""), setBegun(undefined)),
  };
}
