import { First } from "./first";
import { howFar, isRelative, resolve } from "./time";
import type { Place } from "./place";

/** Nothing says what to do when a search found nothing. */
export function Nothing({ place, onRange, onClear }: { place: Place; onRange: (from: string) => void; onClear: () => void }) {
  const wider = ["-24h", "-7d", "-30d"].filter((f) => !isRelative(place.from) || resolve(f, 0) < resolve(place.from, 0));
  const widen = wider.map((f) => (
    <button key={f} type="button" onClick={() => onRange(f)}>Last {howFar(f)}</button>
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
      <p>Nothing was received in this time range.{isRelative(place.to) && " This page looks again by itself every few seconds."}</p>
      <First>To send a first log, paste this line in a shell:</First>
      {widen.length > 0 && <p class="choices">Or look further back: {widen}</p>}
    </div>
  );
}
