import { useEffect, useRef, useState } from "preact/hooks";
import { ask, lines } from "./api";
import type { Row } from "./api";
import { asProblem } from "./data";

/** Step is how far the server has come with a look at the past. */
export type Step = { done: number; at?: string; events: number; alerts: number };

/** ranges are how far back a rule is judged. */
export const ranges = ["-1d", "-7d", "-30d", "-90d"];

/** usePast asks a question about the past that takes a while: run asks it, in place of the one before, and cancel ends it. The result belongs to the body that it came of. */
export function usePast<Body extends object, Result>(path: string) {
  const [state, setState] = useState<{ running?: boolean; step?: Step; result?: Result; of?: Body; fault?: string } | null>(null);
  const ctl = useRef<AbortController | null>(null);
  const cancel = () => ctl.current?.abort();
  useEffect(() => cancel, []); // few run at a time, for all: what nobody waits for ends
  const run = async (body: Body) => {
    const c = new AbortController();
    cancel();
    ctl.current = c;
    setState({ running: true });
    try {
      let result: Row | undefined;
      await lines(await ask(path, c.signal, { body: { ...body, to: "now", progress: true } }), c.signal, (rows) => {
        for (const r of rows) {
          if (r["_progress"]) setState({ running: true, step: r["_progress"] as Step });
          else result = r;
        }
      });
      setState({ result: result as unknown as Result, of: body });
    } catch (err) {
      if (ctl.current === c) setState({ fault: c.signal.aborted ? "Cancelled." : asProblem(err).message });
    }
  };
  return { state, run, cancel };
}
