import { useState } from "preact/hooks";
import { classNames } from "./alerts";
import { useKept } from "./kept";
import { useModal } from "./sheet";

/** ClosingForm asks what the alerts turned out to be; that is what makes rules better. What was written is kept until onDone says that it is done. */
export function ClosingForm({ ids, onDone, onClose }: { ids: string[]; onDone: (body: { class: string; comment: string }) => Promise<boolean>; onClose: () => void }) {
  const el = useModal();
  const [kind, setKind] = useState("");
  const count = ids.length;
  const [comment, setComment] = useKept(`closing ${ids}`);
  return (
    <dialog ref={el} aria-label="Close alerts" onClose={onClose} onClick={(e) => e.target === el.current && el.current?.close()}>
      <form
        class="sheet"
        onSubmit={(e) => {
          e.preventDefault();
          void onDone({ class: kind, comment: comment.trim() }).then((done) => done && setComment(""));
        }}
      >
        <h2>Close {count === 1 ? "the alert" : `${count} alerts`}</h2>
        <fieldset>
          <legend>What was it?</legend>
          {classNames.map(([c, name, about]) => (
            <label key={c} class="option">
              <input type="radio" name="class" value={c} required checked={kind === c} onChange={() => setKind(c)} />
              <span>{name} <small>{about}</small></span>
            </label>
          ))}
        </fieldset>
        <label>Comment <textarea rows={3} maxLength={4000} value={comment} onInput={(e) => setComment(e.currentTarget.value)} /></label>
        <p class="ends"><button type="button" onClick={() => el.current!.close()}>Cancel</button><button type="submit" class="primary">Close {count === 1 ? "alert" : "alerts"}</button></p>
      </form>
    </dialog>
  );
}
