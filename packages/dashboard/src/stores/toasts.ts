/** Short messages about what a person just did. */
import { type Cell, cell } from "./readable.ts";

export interface Toast {
  id: number;
  text: string;
  tone: "plain" | "bad";
}

const shownMs = 6_000;
const most = 4;

export const toasts: Cell<readonly Toast[]> = cell<readonly Toast[]>([]);

let nextId = 1;

/** Shows a message for a while; returns what takes it away (or replaces it) earlier. */
export function toast(text: string, tone: Toast["tone"] = "plain"): () => void {
  const id = nextId++;
  toasts.set([...toasts.snapshot(), { id, text, tone }].slice(-most));
  const remove = () => toasts.set(toasts.snapshot().filter((one) => one.id !== id));
  setTimeout(remove, shownMs);
  return remove;
}
