// Characters that a reader cannot see, or that move or repaint what he sees.

// C0 and C1 controls, soft hyphen, bidi marks, embeddings, overrides and isolates, zero-width and filler
// characters, line separators, interlinear marks, variation selectors and tag characters.
const set =
  "\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f" +
  "\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffb\\u{e0000}-\\u{e0fff}";

/** hidden finds one such character. */
export const hidden = new RegExp(`[${set}]`, "gu");

/** marks finds what is drawn as one token: an ANSI sequence or one hidden character. */
export const marks = new RegExp(`(?:\\u001b\\[|\\u009b)[0-?]*[ -/]*[@-~]|[${set}]`, "gu");

/** isHidden reports whether one character is such. */
export function isHidden(ch: string): boolean {
  hidden.lastIndex = 0;
  return hidden.test(ch);
}

const names = new Map<number, string>([
  [0x00, "NUL"], [0x07, "BEL"], [0x08, "BS"], [0x09, "TAB"], [0x0a, "LF"], [0x0b, "VT"], [0x0c, "FF"], [0x0d, "CR"],
  [0x1b, "ESC"], [0x7f, "DEL"], [0x85, "NEL"], [0x9b, "CSI"], [0xad, "SHY"], [0x61c, "ALM"], [0x200b, "ZWSP"],
  [0x200c, "ZWNJ"], [0x200d, "ZWJ"], [0x200e, "LRM"], [0x200f, "RLM"], [0x2028, "LS"], [0x2029, "PS"],
  [0x202a, "LRE"], [0x202b, "RLE"], [0x202c, "PDF"], [0x202d, "LRO"], [0x202e, "RLO"], [0x2066, "LRI"],
  [0x2067, "RLI"], [0x2068, "FSI"], [0x2069, "PDI"], [0xfeff, "BOM"],
]);

/** label returns what stands in place of a mark. */
export function label(mark: string): string {
  const code = mark.codePointAt(0)!;
  const name = names.get(code) ?? "U+" + code.toString(16).toUpperCase().padStart(4, "0");
  return name + mark.slice(code > 0xffff ? 2 : 1);
}
