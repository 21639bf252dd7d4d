/** What the settings page shows, one below the other. */
import type { ComponentType } from "react";
import { KeysSection } from "./keys.tsx";
import { LimitsSection } from "./limits.tsx";

export const sections: ReadonlyArray<{ id: string; title: string; Section: ComponentType }> = [
  { id: "keys", title: "Keys", Section: KeysSection },
  { id: "limits", title: "Limits", Section: LimitsSection },
];
