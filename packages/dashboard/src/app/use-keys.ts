import { useEffect, useRef } from "react";

/** Is somebody writing here? Then letters are letters. */
export const isWriting = (target: EventTarget | null): boolean =>
  target instanceof Element &&
  target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]") !== null;

/** Single keys do something, unless somebody is writing, is in a dialog or a menu, or means another program. */
export function useKeys(keys: Readonly<Record<string, () => void>>): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const { target, key, ctrlKey, metaKey, altKey, defaultPrevented } = event;
      if (ctrlKey || metaKey || altKey || defaultPrevented || !(target instanceof Element)) return;
      if (target.closest("dialog, [role=menu]")) return;
      // Escape also leaves what is being written.
      if (isWriting(target) && key !== "Escape") return;
      // Enter presses what has the focus.
      if (key === "Enter" && target.closest("button, a, input, summary")) return;
      const run = Object.hasOwn(latest.current, key) ? latest.current[key] : undefined;
      if (!run) return;
      event.preventDefault();
      run();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
}
