/** What people point at in a session: where they look, and what they have selected there. */

export interface Pointed {
  /** Of a view of this application; to be checked before anybody goes there. */
  at: unknown;
  /** In words: `“no such user”`, `line 120`, `src/login.ts, lines 10–24`. */
  words: string;
}

const textAtMost = 200;

/** What this page would point at now. */
export function selectionOf(text: string, address: string): { view: string; text?: string } {
  const trimmed = text.trim().slice(0, textAtMost);
  return { view: address, ...(trimmed !== "" && { text: trimmed }) };
}

/** Of whatever somebody's program says. */
export function pointedOf(selection: unknown, at: unknown): Pointed {
  const address = own(selection, "view") ?? own(at, "view");
  const text = own(selection, "text");
  const words = [
    typeof text === "string" && `“${text}”`,
    own(selection, "file") ?? own(at, "file"),
    linesOf(own(selection, "lines") ?? own(selection, "line") ?? own(at, "line")),
  ].filter((word) => typeof word === "string" && word !== "");
  if (words.length > 0) return { at: address, words: words.join(", ") };
  if (address !== undefined) return { at: address, words: "" };
  return { at: undefined, words: typeof selection === "string" ? selection : (JSON.stringify(selection) ?? "") };
}

function linesOf(value: unknown): string {
  if (typeof value === "number") return `line ${value}`;
  const [from, to] = Array.isArray(value) ? value : [];
  if (typeof from !== "number") return "";
  return typeof to === "number" && to !== from ? `lines ${from}–${to}` : `line ${from}`;
}

const own = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
