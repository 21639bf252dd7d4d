/** The parts of the settings, in their order. */
import type { ComponentType } from "react";
import { Notifications } from "./notifications.tsx";

export const sections: ReadonlyArray<{ id: string; title: string; Section: ComponentType }> = [
  { id: "notifications", title: "Notifications", Section: Notifications },
];
