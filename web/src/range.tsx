import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";
import { howFar, readBound, resolve, showBound, showRange, zoneName } from "./time";
import type { Zone } from "./time";

type Props = {
  from: string;
  to: string;
  zone: Zone;
  button: RefObject<HTMLButtonElement | null>;
  open: boolean;
  setOpen: (open: boolean) => void;
  onRange: (from: string, to: string) => void;
};

export function Range({ from, to, zone, button, open, setOpen, onRange }: Props) {
  const pick = (f: string, t: string) => {
    setOpen(false);
    onRange(f, t);
    button.current?.focus();
  };
  return (
    <div
      class="range"
      onKeyDown={(e) => {
        if (open && e.key === "Escape") {
          e.stopPropagation();
          setOpen(false);
          button.current?.focus();
        }
      }}
    >
      <button ref={button} type="button" aria-expanded={open} aria-haspopup="dialog" onClick={() => setOpen(!open)}>
        {showRange(from, to, zone)}
        <span class="zone">{zoneName(zone, resolve(from, Date.now()), resolve(to, Date.now()))}</span>
      </button>
      {open && (
        <div class="panel" role="dialog" aria-label="Time range">
          <div class="presets">
            {["-15m", "-1h", "-4h", "-24h", "-7d", "-30d"].map((f) => (
              <button key={f} type="button" aria-pressed={to === "now" && f === from} onClick={() => pick(f, "now")}>
                Last {howFar(f)}
              </button>
            ))}
          </div>
          <Exact from={from} to={to} zone={zone} pick={pick} />
        </div>
      )}
    </div>
  );
}

function Exact({ from, to, zone, pick }: { from: string; to: string; zone: Zone; pick: (f: string, t: string) => void }) {
  const [a, setA] = useState(showBound(from, zone));
  const [b, setB] = useState(showBound(to, zone));
  const [fault, setFault] = useState("");
  useEffect(() => {
    setA(showBound(from, zone));
    setB(showBound(to, zone));
  }, [from, to, zone]);
  const submit = (e: Event) => {
    e.preventDefault();
    // What was not changed stays exactly what it was: what is shown has neither fractions of seconds nor, where clocks are put back, which of two hours it is.
    const read = (typed: string, was: string) => (typed === showBound(was, zone) ? was : readBound(typed, zone));
    const [f, t, now] = [read(a, from), read(b, to), Date.now()];
    if (f === null || t === null) setFault(`“${f === null ? a : b}” is no time: write 2026-11-23 09:14:03, -2h or now.`);
    else if (resolve(f, now) >= resolve(t, now)) setFault("The range ends before it begins.");
    else pick(f, t);
  };
  return (
    <form class="exact" onSubmit={submit}>
      <label>
        From <input value={a} onInput={(e) => setA(e.currentTarget.value)} spellcheck={false} />
      </label>
      <label>
        To <input value={b} onInput={(e) => setB(e.currentTarget.value)} spellcheck={false} />
      </label>
      <p class="note">Times are {zoneName(zone)}. Also understood: -90m, -2h, -3d, now, or a time with its own zone.</p>
      {fault !== "" && <p class="fault" role="alert">{fault}</p>}
      <button type="submit" class="primary">Apply</button>
    </form>
  );
}
