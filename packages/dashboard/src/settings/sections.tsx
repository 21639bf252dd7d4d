/** The parts of the settings, in their order. */
import type { ComponentType } from "react";
import { Appearance } from "./appearance.tsx";
import { ThisBrowser } from "./browser.tsx";

export const sections: ReadonlyArray<{ id: string; title: string; Section: ComponentType }> = [
  { id: "appearance", title: "Appearance", Section: Appearance },
  { id: "browser", title: "This browser", Section: ThisBrowser },
];
