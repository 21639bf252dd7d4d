import { cell } from "../stores/readable.ts";

export type OverlayName = "palette" | "keys" | "stop";

/** What is open over the view. */
export const overlay = cell<OverlayName | undefined>(undefined);

export const openOverlay = (name: OverlayName): void => overlay.set(name);
