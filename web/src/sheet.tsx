import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** Sheet is a dialog over the page; Escape and a press beside it close it. */
export function Sheet({ title, wide, onClose, children }: { title: string; wide?: boolean; onClose: () => void; children: ComponentChildren }) {
  const el = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = el.current!;
    dialog.showModal();
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
