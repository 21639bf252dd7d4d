/** Whether others see where this person looks; kept by the browser. */
import { type Cell, cell } from "../stores/readable.ts";

const key = "signalbox.presence.hidden";

export const isHidden: Cell<boolean> = cell(localStorage.getItem(key) === "true");

export function hide(hidden: boolean): void {
  isHidden.set(hidden);
  if (hidden) localStorage.setItem(key, "true");
  else localStorage.removeItem(key);
}
