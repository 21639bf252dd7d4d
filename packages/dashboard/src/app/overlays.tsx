/** What opens over any view, and the keys that open it. Fetched when first wanted. */
import { useNavigate } from "@tanstack/react-router";
import { type ComponentType, lazy, Suspense, useEffect, useState } from "react";
import { toast } from "../stores/toasts.ts";
import { useReadable } from "../stores/use-readable.ts";
import { afterKey, type KeySequence } from "./go-keys.ts";
import { type OverlayName, overlay } from "./overlay.ts";
import { isWriting } from "./use-keys.ts";

type Overlay = ComponentType<{ onClose: () => void }>;

const loads: Readonly<Record<OverlayName, () => Promise<Overlay>>> = {
  palette: async () => (await import("./palette/palette.tsx")).Palette,
  keys: async () => (await import("./keyboard-map.tsx")).KeyboardMap,
  stop: async () => (await import("./stop-dialog.tsx")).StopDialog,
};

/** Where it cannot be fetched that is said, and the next time it is tried again. */
const fetched = (name: OverlayName): ComponentType<{ onClose: () => void }> =>
  lazy(async () => ({ default: await loads[name]().catch(() => Unfetched) }));

function Unfetched({ onClose }: { onClose: () => void }) {
  useEffect(() => {
    toast("This could not be fetched from the gateway: try again once the link is back.", "bad");
    onClose();
  }, [onClose]);
  return null;
}

const close = () => overlay.set(undefined);

export function Overlays() {
  const name = useReadable(overlay);
  useGlobalKeys();
  return name && <Opened key={name} name={name} />;
}

function Opened({ name }: { name: OverlayName }) {
  const [Overlay] = useState(() => fetched(name));
  return (
    <Suspense>
      <Overlay onClose={close} />
    </Suspense>
  );
}

function useGlobalKeys(): void {
  const navigate = useNavigate();
  useEffect(() => {
    let sequence: KeySequence = { sinceMs: undefined };
    const onKey = (event: KeyboardEvent) => {
      const { key, ctrlKey, metaKey, altKey, target } = event;
      if ((ctrlKey || metaKey) && !altKey && key.toLowerCase() === "k") {
        event.preventDefault();
        overlay.set(overlay.snapshot() === "palette" ? undefined : "palette");
        return;
      }
      // An open dialog has its own keys; Shift alone comes before `?`.
      if (ctrlKey || metaKey || altKey || isWriting(target) || key === "Shift") return;
      if (document.querySelector("dialog[open]")) return;
      sequence = afterKey(sequence, key, event.timeStamp);
      if (sequence.to !== undefined) void navigate({ to: sequence.to });
      else if (key === "?") overlay.set("keys");
      else return;
      // Nothing else may take this key for its own: `a` after `g` approves nothing.
      event.preventDefault();
      event.stopImmediatePropagation();
    };
    // Before the keys of a view.
    addEventListener("keydown", onKey, { capture: true });
    return () => removeEventListener("keydown", onKey, { capture: true });
  }, [navigate]);
}
