/** The keys that do something here: said by the keyboard map. Views add their own with `useKeyHelp`. */
import { useEffect } from "react";
import { cell } from "../stores/readable.ts";

export interface KeyHelp {
  /** As printed on the keys, several with spaces between: `j`, `Shift E`, `g f`. */
  keys: string;
  says: string;
}

/** Those of the views that are shown, in the order in which they came. */
export const viewKeys = cell<ReadonlyArray<readonly KeyHelp[]>>([]);

/** The keyboard map says these as long as the caller is shown. Give the same array each time: a constant. */
export function useKeyHelp(keys: readonly KeyHelp[]): void {
  useEffect(() => {
    viewKeys.set([...viewKeys.snapshot(), keys]);
    return () => viewKeys.set(viewKeys.snapshot().filter((one) => one !== keys));
  }, [keys]);
}

/** Those of every view, besides `g` and a letter. */
export const globalKeys: readonly KeyHelp[] = [
  { keys: "Ctrl K", says: "go to anything, do anything (on a Mac ⌘ K)" },
  { keys: "?", says: "this list" },
  { keys: "Escape", says: "close what is open, leave what is being written" },
];
