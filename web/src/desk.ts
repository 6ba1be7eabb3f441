// What every part of the page needs: where it stands, who uses it, and what can be told and asked.

import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Field } from "./api";
import type { Act } from "./filters";
import type { Pivot } from "./menu";
import type { Go, Place } from "./place";
import type { Session } from "./session";
import type { Zone } from "./time";

export type Desk = {
  place: Place;
  go: Go;
  zone: Zone;
  /** "dark" or "light". */
  theme: string;
  session: Session;
  /** May the user do this? The server decides again. */
  can: (permission: string) => boolean;
  dictionary: Field[];
  types: Map<string, Field>;
  /** Narrows the query of the hunt. */
  act: Act;
  /** Opens the menu of a value where a pointer or a key asked for it. */
  pivot: (at: { x: number; y: number }, of: Pivot) => void;
  tell: (text: string) => void;
  copy: (text: string, what: string) => void;
};

const Context = createContext<Desk | null>(null);
export const DeskProvider = Context.Provider;

export function useDesk(): Desk {
  const desk = useContext(Context);
  if (!desk) throw new Error("BUG: a part of the page stands outside of the desk");
  return desk;
}

/** follow makes a link move within the page; a new tab stays the browser's. */
export const follow = (go: Go, to: Partial<Place>) => (e: MouseEvent) => {
  if (e.button !== 0 || e.ctrlKey || e.metaKey || e.shiftKey) return;
  e.preventDefault();
  go(to);
};

const kinds: [string, RegExp][] = [
  ["user", /^(user|user\.(target|effective)|process\.user|source\.user|destination\.user)\.name$|^related\.user$/],
  ["host", /^(host\.(name|hostname)|observer\.name|log\.syslog\.hostname|destination\.domain)$|^related\.hosts$/],
  ["ip", /(^|\.)ip$|^(source|destination)\.address$/],
];

/** entityOf returns which kind of entity a field names, or "". */
export const entityOf = (field: string) => kinds.find(([, fits]) => fits.test(field))?.[0] ?? "";
