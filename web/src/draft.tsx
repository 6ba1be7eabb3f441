import { send } from "./api";
import { Backtest } from "./backtest";
import { useAnswer } from "./data";
import { useDesk } from "./desk";
import { unpiped } from "./expr";
import { has } from "./features";
import { useKept } from "./kept";
import { save } from "./save";
import { Sheet } from "./sheet";
import { Text } from "./text";

/** Draft makes a rule of the present hunt, with a test of the events that are marked, or of the one that is open. */
export function Draft({ events, onClose }: { events: string[]; onClose: () => void }) {
  const { place, copy } = useDesk();
  const { value, problem } = useAnswer(`${place.query} ${events}`, (signal) => send<{ yaml: string; id?: string; tested?: number; left_out?: string[] | null }>("/rules/draft", { query: unpiped(place.query)[0], events }, signal));
  const [own, setOwn] = useKept(`rule ${events} ${place.query}`);
  const yaml = own || (value?.yaml ?? "");
  return (
    <Sheet title="A rule from this hunt" wide onClose={onClose}>
      {problem && <p class="fault" role="alert"><Text value={problem.message} limit={2000} /></p>}
      {!value && !problem && <p class="note" aria-busy="true">Writing…</p>}
      {value && (
        <>
          <p class="note">A draft: name it here, say why it matters, choose its window, try it below; it is taken into use as a file in the folder of rules. {events.length > 0 ? `Its test holds ${(value.tested ?? events.length) === 1 ? "one event" : `${value.tested ?? events.length} events`}.` : "Mark events first (space), or open one, and the draft gets a test of them."}</p>
          {value.left_out?.map((l, i) => <p key={i} class="fault"><Text value={l} limit={300} /></p>)}
          <textarea class="code" aria-label="The rule" rows={Math.min(24, value.yaml.split("\n").length + 1)} maxLength={65_536} spellcheck={false} value={yaml} onInput={(e) => setOwn(e.currentTarget.value)} />
          <p class="ends">{own !== "" && <button type="button" onClick={() => setOwn("")}>As it was drafted</button>}<button type="button" onClick={() => save(`${/^id: *([\w-]+)/m.exec(yaml)?.[1] ?? "draft"}.yaml`, "application/yaml", yaml)}>Save as file</button><button type="button" class="primary" onClick={() => copy(yaml, "the rule")}>Copy</button></p>
          {has("/rules/backtest", "post") && <Backtest rule={yaml} draft />}
        </>
      )}
    </Sheet>
  );
}
