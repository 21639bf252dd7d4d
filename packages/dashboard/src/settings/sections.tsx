/** The parts of the settings, in their order. */
import type { ComponentType } from "react";
import { Appearance } from "./appearance.tsx";
import { ThisBrowser } from "./browser.tsx";
import { KeysSection } from "./keys.tsx";
import { LimitsSection } from "./limits.tsx";
import { Notifications } from "./notifications.tsx";

export const sections: ReadonlyArray<{ id: string; title: string; Section: ComponentType }> = [
  { id: "appearance", title: "Appearance", Section: Appearance },
  { id: "browser", title: "This browser", Section: ThisBrowser },
  { id: "notifications", title: "Notifications", Section: Notifications },
  { id: "keys", title: "Keys", Section: KeysSection },
  { id: "limits", title: "Limits", Section: LimitsSection },
];
