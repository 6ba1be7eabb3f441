import { get } from "./api";
import { useAnswer } from "./data";
import { useDesk } from "./desk";
import { has } from "./features";
import { Command } from "./rail";
import { Text } from "./text";

type Listener = { name: string; kind: string; addr: string };

/** reached is the address of a listener as seen from here: one that listens everywhere is where the page is. */
export const reached = (addr: string) => addr.replace(/^(0\.0\.0\.0|\[::\])(?=:\d+$)/, location.hostname);

/** guess is a line for a shell that sends so many failed log-ins to a listener of syslog, or "" if there is none. */
export function guess(listeners: Listener[], times: number): string {
  const to = ["UDP", "TCP"].flatMap((t) => listeners.filter((l) => l.kind === "syslog " + t).map((l) => [t, ...(/^(.*):(\d+)$/.exec(reached(l.addr)) ?? []).slice(1)]))[0];
  if (!to || to.length < 3) return "";
  const one = (port: string) => `logger -n ${to[1]!.replace(/[[\]]/g, "")} -P ${to[2]} ${to[0] === "UDP" ? "-d" : "-T"} -t sshd "Failed password for root from 203.0.113.7 port ${port} ssh2"`;
  return times === 1 ? one("40122") : `for i in $(seq ${times}); do ${one("$((40000+i))")}; done`;
}

/** First says how a first log, or a burst of them, is sent here: a line to paste, and where Watchpost listens. */
export function First({ children, times = 1 }: { children: preact.ComponentChildren; times?: number }) {
  const { can, copy } = useDesk();
  const { value, busy } = useAnswer(has("/sources") && can("sources.read") ? "listeners" : null, (signal) => get<{ listeners?: Listener[] }>("/sources", signal));
  const list = value?.listeners ?? [];
  const line = guess(list, times);
  if (busy && !value) return null;
  return (
    <>
      {line !== "" && <><p>{children}</p><Command text={line} copy={copy} /></>}
      {list.length > 0
        ? <p class="note">Watchpost listens here: {list.map((l, i) => <span key={l.name}>{i > 0 && ", "}<Text value={l.kind} limit={40} /> <code><Text value={reached(l.addr)} limit={80} /></code></span>)}.</p>
        : <p class="note">Where senders send to stands in the configuration, section <code>listen</code>, and in what Watchpost printed when it started.</p>}
    </>
  );
}
