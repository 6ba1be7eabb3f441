import { send } from "./api";
import { Backtest } from "./backtest";
import { useAnswer } from "./data";
import { useDesk } from "./desk";
import { unpiped } from "./expr";
import { has } from "./features";
import { save } from "./save";
import { Sheet } from "./sheet";
import { Text } from "./text";

/** Draft makes a rule of the present hunt, with a test of the events that are marked, or of the one that is open. */
export function Draft({ events, onClose }: { events: string[]; onClose: () => void }) {
  const { place, copy } = useDesk();
  const { value, problem } = useAnswer(`${place.query} ${events}`, (signal) => send<{ yaml: string; id?: string; tested?: number; left_out?: string[] | null }>("/rules/draft", { query: unpiped(place.query)[0], events }, signal));
  return (
    <Sheet title="A rule from this hunt" wide onClose={onClose}>
      {problem && <p class="fault" role="alert"><Text value={problem.message} limit={2000} /></p>}
      {!value && !problem && <p class="note" aria-busy="true">Writing…</p>}
      {value && (
        <>
          <p class="note">A draft: name it, say why it matters, choose its window. {events.length > 0 ? `Its test holds ${(value.tested ?? events.length) === 1 ? "one event" : `${value.tested ?? events.length} events`}.` : "Mark events first (space), or open one, and the draft gets a test of them."}</p>
          {value.left_out?.map((l, i) => <p key={i} class="fault"><Text value={l} limit={300} /></p>)}
          <pre class="code"><Text value={value.yaml} limit={40_000} lines /></pre>
          <p class="ends"><button type="button" onClick={() => save(`${value.id ?? "draft"}.yaml`, "application/yaml", value.yaml)}>Save as file</button><button type="button" class="primary" onClick={() => copy(value.yaml, "the rule")}>Copy</button></p>
          {has("/rules/backtest", "post") && <Backtest rule={value.yaml} draft />}
        </>
      )}
    </Sheet>
  );
}
