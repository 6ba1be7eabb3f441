import type { ComponentChildren } from "preact";
import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

/** useModal shows a dialog over the page. However it goes, the focus is where it was before. */
export function useModal(): RefObject<HTMLDialogElement | null> {
  const el = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const dialog = el.current!;
    dialog.showModal();
    return () => dialog.close();
  }, []);
  return el;
}

/** Confirm asks before something is done that cannot be taken back. */
export function Confirm({ title, verb, busy, onDo, onClose, children }: { title: string; verb: string; busy?: boolean; onDo: () => void; onClose: () => void; children: ComponentChildren }) {
  return (
    <Sheet title={title} onClose={onClose}>
      <div>{children}</div>
      <p class="ends"><button type="button" onClick={onClose}>Leave it</button><button type="button" class="primary" disabled={busy} onClick={onDo}>{verb}</button></p>
    </Sheet>
  );
}

/** Sheet is a dialog over the page; Escape and a press beside it close it. */
export function Sheet({ title, wide, onClose, children }: { title: string; wide?: boolean; onClose: () => void; children: ComponentChildren }) {
  const el = useModal();
  useEffect(() => {
    const dialog = el.current!;
    // The browser begins at the first button, which closes: rather at what is to be filled in.
    if (document.activeElement?.closest(".sheet-head")) dialog.querySelector<HTMLElement>(".sheet :is(input:not([type=radio], [type=checkbox]), textarea, select)")?.focus();
  }, []);
  return (
    <dialog ref={el} class={wide ? "wide" : ""} aria-label={title} onClose={onClose} onClick={(e) => e.target === el.current && el.current?.close()}>
      <div class="sheet">
        <div class="sheet-head"><h2>{title}</h2><button type="button" class="quiet" onClick={() => el.current!.close()}>Close</button></div>
        {children}
      </div>
    </dialog>
  );
}
