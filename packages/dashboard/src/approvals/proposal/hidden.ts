/** Characters that cannot be seen, or that reorder what is seen, somewhere in a payload: who decides is told. */
import { nextActing } from "../../text/visible.ts";

const levelsAtMost = 40;

export function hasHidden(value: unknown, level = 0): boolean {
  if (typeof value === "string") return nextActing(value.replace(/[\n\r\t]/g, ""), 0) >= 0;
  if (typeof value !== "object" || value === null || level > levelsAtMost) return false;
  return Object.entries(value).some(([name, member]) => hasHidden(name, level + 1) || hasHidden(member, level + 1));
}
