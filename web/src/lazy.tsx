import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";

type Props<P> = { load: () => Promise<Record<string, unknown>>; part: string; props: P };

const kept = new Map<string, ComponentType<never>>();

/** Lazy draws a part of the page that is loaded when it is first shown. */
export function Lazy<P extends object>({ load, part, props }: Props<P>) {
  const [, set] = useState(0);
  const [fault, setFault] = useState(false);
  useEffect(() => {
    if (kept.has(part)) return;
    load().then(
      (m) => (kept.set(part, m[part] as ComponentType<never>), set((n) => n + 1)),
      () => setFault(true),
    );
  }, [part]);
  if (fault) {
    return (
      <p class="fault pad" role="alert">
        This part of the page could not be loaded. <button type="button" onClick={() => location.reload()}>Load the page again</button>
      </p>
    );
  }
  const Part = kept.get(part) as ComponentType<P> | undefined;
  return Part ? <Part {...props} /> : <p class="note pad" aria-busy="true">Loading…</p>;
}
