import { Command } from "./rail";
import { isRelative, resolve } from "./time";
import type { Place } from "./place";

const first = `logger -n 127.0.0.1 -P 5514 -d -t sshd "Failed password for root from 203.0.113.7 port 40122 ssh2"`;

/** Nothing says what to do when a search found nothing. */
export function Nothing({ place, onRange, onClear, copy }: { place: Place; onRange: (from: string) => void; onClear: () => void; copy: (text: string, what: string) => void }) {
  const wider = ["-24h", "-7d", "-30d"].filter((f) => !isRelative(place.from) || resolve(f, 0) < resolve(place.from, 0));
  const widen = wider.map((f) => (
    <button key={f} type="button" onClick={() => onRange(f)}>Last {f.slice(1).replace("h", " hours").replace("d", " days")}</button>
  ));
  if (place.query !== "") {
    return (
      <div class="empty wide">
        <h2>No event matches</h2>
        <p>The query is well formed; nothing in this time range satisfies it.</p>
        <p class="choices">{widen}<button type="button" onClick={onClear}>Clear the query</button></p>
        <p class="note"><code>field:value</code> looks past capital letters, <code>==</code> does not. A comparison on a field that an event lacks is false. Press <kbd>?</kbd> for examples.</p>
      </div>
    );
  }
  return (
    <div class="empty wide">
      <h2>No events yet</h2>
      <p>Nothing was received in this time range. Paste this line in a shell to send a first log:</p>
      <Command text={first} copy={copy} />
      <p>
        Watchpost listens for syslog on <code>127.0.0.1 port 5514</code> (UDP and TCP) and <code>6514</code> (TLS), for agents on <code>http://127.0.0.1:8088</code>.
        {isRelative(place.to) && " This page looks again by itself every few seconds."}
      </p>
      {widen.length > 0 && <p class="choices">Or look further back: {widen}</p>}
    </div>
  );
}
