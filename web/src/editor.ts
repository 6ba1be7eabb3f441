// The editor of the query bar: CodeMirror, loaded when the page is idle or the bar is used.
// It lives in a shadow root, where its styles are adopted style sheets: the content security policy allows no style elements.

import { acceptCompletion, autocompletion, closeBrackets, closeBracketsKeymap, closeCompletion, completionKeymap, completionStatus, moveCompletionSelection, selectedCompletionIndex, startCompletion } from "@codemirror/autocomplete";
import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, insertNewline } from "@codemirror/commands";
import { Compartment, EditorState, Prec, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, keymap, MatchDecorator, placeholder, ViewPlugin } from "@codemirror/view";
import type { DecorationSet, ViewUpdate } from "@codemirror/view";
import { hidden, label } from "./hidden";

export type Suggestion = { label: string; kind: string; insert: string; detail: string };
export type Suggestions = { from: number; to: number; items: Suggestion[] };

export type EditorOptions = {
  text: string;
  caret: number;
  hint: string;
  onText: (text: string) => void;
  onRun: (text: string) => void;
  suggest: (text: string, caret: number, asked: boolean) => Promise<Suggestions | null>;
};

export type Editor = {
  setText: (text: string) => void;
  setFault: (from: number | null) => void;
  focus: (all: boolean) => void;
  blur: () => void;
  destroy: () => void;
};

const words = /^(and|or|not|in|contains|startsWith|endsWith|matches|AND|OR|NOT|TO|true|false)$/;
const decorator = new MatchDecorator({
  regexp: /"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|`[^`]*`?|\/\/[^\n]*|[A-Za-z_@][\w.@]*|-?\b\d+(?:\.\d+)*\b|\|{1,2}|[<>=!&]+/g,
  decoration: (m) => {
    const t = m[0];
    const kind = /^["'`]/.test(t) ? "text" : t.startsWith("//") ? "aside" : words.test(t) ? "word" : t === "|" ? "pipe" : /^-?\d/.test(t) ? "number" : /^[A-Za-z_@]/.test(t) ? (t.includes(".") ? "name" : "") : "op";
    return kind === "" ? null : Decoration.mark({ class: "q-" + kind });
  },
});
const colours = ViewPlugin.fromClass(
  class {
    set: DecorationSet;
    constructor(view: EditorView) {
      this.set = decorator.createDeco(view);
    }
    update(u: ViewUpdate) {
      this.set = decorator.updateDeco(u, this.set);
    }
  },
  { decorations: (v) => v.set },
);

// What cannot be seen is drawn by its name: a query pasted from a log may hold it.
const invisible = new MatchDecorator({
  regexp: new RegExp(hidden.source.replace("\\u0000-\\u001f", "\\u0000-\\u0009\\u000b-\\u001f"), "gu"),
  decoration: (m) => Decoration.mark({ class: "q-hidden", attributes: { title: label(m[0]) } }),
});
const marks = ViewPlugin.fromClass(
  class {
    set: DecorationSet;
    constructor(view: EditorView) {
      this.set = invisible.createDeco(view);
    }
    update(u: ViewUpdate) {
      this.set = invisible.updateDeco(u, this.set);
    }
  },
  { decorations: (v) => v.set },
);

const setFault = StateEffect.define<number | null>();
const fault = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(old, tr) {
    for (const e of tr.effects) {
      if (!e.is(setFault)) continue;
      if (e.value === null || tr.state.doc.length === 0) return Decoration.none;
      const from = Math.max(0, Math.min(e.value, tr.state.doc.length - 1));
      const rest = /^[\w.]+/.exec(tr.state.doc.sliceString(from));
      return Decoration.set([Decoration.mark({ class: "q-fault" }).range(from, Math.max(from + 1, from + (rest?.[0].length ?? 1)))]);
    }
    return tr.docChanged ? Decoration.none : old;
  },
  provide: (f) => EditorView.decorations.from(f),
});

const look = EditorView.theme({
  "&": { color: "var(--text)", background: "var(--paper)", border: "1px solid var(--edge)", borderRadius: "4px", fontSize: "13px", maxHeight: "162px" },
  "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "1px" },
  "&.bad": { borderColor: "var(--bad)" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "16px", overflow: "auto" },
  ".cm-content": { padding: "6px 0", caretColor: "var(--text)", minHeight: "28px", boxSizing: "border-box" },
  ".cm-line": { padding: "0 8px" },
  ".cm-placeholder": { color: "var(--muted)" },
  ".cm-content ::selection, .cm-content::selection": { background: "var(--select)" },
  ".q-text": { color: "var(--q-text)" },
  ".q-number": { color: "var(--q-number)" },
  ".q-word, .q-pipe": { color: "var(--accent)", fontWeight: "600" },
  ".q-aside, .q-op": { color: "var(--muted)" },
  ".q-hidden": { outline: "1px solid var(--mark)", background: "var(--mark-ground)" },
  ".q-fault": { textDecoration: "underline wavy var(--bad)", textUnderlineOffset: "3px" },
  ".cm-tooltip": { background: "var(--raised)", border: "1px solid var(--edge)", borderRadius: "4px", boxShadow: "0 6px 20px #0003", color: "var(--text)", zIndex: "60" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", fontSize: "12px", maxHeight: "none", overflow: "hidden", maxWidth: "720px", minWidth: "380px", padding: "3px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { display: "flex", gap: "12px", padding: "2px 8px", borderRadius: "3px", lineHeight: "18px" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": { background: "var(--open)", color: "var(--text)" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700" },
  ".cm-completionDetail": { fontStyle: "normal", fontFamily: "system-ui, sans-serif", fontSize: "11px", color: "var(--muted)", marginLeft: "auto", overflow: "hidden", textOverflow: "ellipsis", maxWidth: "420px" },
});

/** most is how many proposals are shown: what needs no scrolling can be seen, and walked, at once. */
const most = 14;

/** mountEditor puts an editor into a shadow root of host. */
export function mountEditor(host: HTMLElement, o: EditorOptions): Editor {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  const hintOf = new Compartment();
  const complete = async (ctx: CompletionContext): Promise<CompletionResult | null> => {
    const found = await o.suggest(ctx.state.doc.toString(), ctx.pos, ctx.explicit).catch(() => null);
    if (!found || found.items.length === 0 || ctx.aborted) return null;
    return {
      from: found.from,
      to: found.to,
      filter: false,
      options: found.items.slice(0, most).map((s): Completion => ({ label: s.label, detail: s.detail || s.kind, apply: s.insert, type: s.kind })),
    };
  };
  const run = (view: EditorView) => (closeCompletion(view), o.onRun(view.state.doc.toString().trim()), true);
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: o.text,
      selection: { anchor: Math.min(o.caret, o.text.length) },
      extensions: [
        Prec.highest(keymap.of([
          // Tab takes the first proposal; Enter takes one that was chosen by an arrow, and else runs the query.
          { key: "Tab", run: (v) => completionStatus(v.state) === "active" && ((selectedCompletionIndex(v.state) ?? -1) >= 0 || moveCompletionSelection(true)(v)) && acceptCompletion(v) },
          { key: "Shift-Enter", run: insertNewline },
          { key: "Enter", run: (v) => (completionStatus(v.state) === "active" && (selectedCompletionIndex(v.state) ?? -1) >= 0 ? acceptCompletion(v) : run(v)) },
          { key: "Mod-Space", run: startCompletion },
        ])),
        history(),
        closeBrackets(),
        autocompletion({ override: [complete], icons: false, selectOnOpen: false, activateOnTypingDelay: 80, interactionDelay: 0, maxRenderedOptions: most }),
        keymap.of([...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap.filter((k) => k.key !== "Escape")]),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-label": "Query", autocapitalize: "off", spellcheck: "false" }),
        hintOf.of(placeholder(o.hint)),
        colours,
        marks,
        fault,
        look,
        EditorState.changeFilter.of((tr) => tr.newDoc.length <= 16384),
        EditorView.updateListener.of((u) => {
          if (u.docChanged) o.onText(u.state.doc.toString());
        }),
      ],
    }),
  });
  return {
    setText(text) {
      if (view.state.doc.toString() !== text) view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text }, selection: { anchor: text.length } });
    },
    setFault(from) {
      view.dispatch({ effects: setFault.of(from) });
      view.contentDOM.ariaInvalid = String(from !== null);
    },
    focus(all) {
      view.focus();
      if (all) view.dispatch({ selection: { anchor: 0, head: view.state.doc.length } });
    },
    blur: () => view.contentDOM.blur(),
    destroy: () => view.destroy(),
  };
}
