// What the page tells: clipboard, live region, preferences.

import { useCallback, useState } from "preact/hooks";

/** copy puts text on the clipboard and returns what to tell the reader. */
export async function copy(text: string, what: string): Promise<string> {
  try {
    await navigator.clipboard.writeText(text);
    return `Copied ${what}`;
  } catch {
    return `The browser refused to copy ${what}`;
  }
}

/** usePreference keeps a choice of this browser; where storage is shut, for this visit. */
export function usePreference<T extends string>(key: string, choices: readonly T[]): [T, (v: T) => void] {
  const [value, setValue] = useState<T>(() => {
    try {
      const kept = localStorage.getItem(key) as T;
      return choices.includes(kept) ? kept : choices[0]!;
    } catch {
      return choices[0]!;
    }
  });
  const keep = useCallback((v: T) => {
    setValue(v);
    try {
      localStorage.setItem(key, v);
    } catch {
      // A private window may refuse; the choice then lasts as long as the page.
    }
  }, []);
  return [value, keep];
}
