/** Whether this browser's person has been told what this is. */
import { type Cell, cell } from "./readable.ts";

const key = "signalbox.introduced";

export const introduced: Cell<boolean> = cell(localStorage.getItem(key) !== null);

export function setIntroduced(is: boolean): void {
  if (is) localStorage.setItem(key, "yes");
  else localStorage.removeItem(key);
  introduced.set(is);
}
