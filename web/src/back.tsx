import { howFar } from "./time";

/** How far back lists look, as a rule. */
const usual = ["-1h", "-24h", "-7d", "-30d"];

/** Back is the choice how far back to look; what the address says stands among them. */
export function Back({ say = "in the last", value, choices = usual, onChange }: { say?: string; value: string; choices?: string[]; onChange: (from: string) => void }) {
  return (
    <label>
      {say}{" "}
      <select value={value} onChange={(e) => onChange(e.currentTarget.value)}>
        {[...choices, ...(choices.includes(value) ? [] : [value])].map((b) => <option key={b} value={b}>{howFar(b) || b}</option>)}
      </select>
    </label>
  );
}
