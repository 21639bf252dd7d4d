/** How this person likes the panel; kept by the browser. */
import { type Cell, cell } from "./readable.ts";

export interface Preferences {
  theme: "system" | "dark" | "light";
  density: "comfortable" | "compact";
  wrap: boolean;
  timestamps: boolean;
}

const key = "signalbox.preferences";

const defaults: Preferences = { theme: "system", density: "comfortable", wrap: false, timestamps: false };

/** Whatever is stored, a whole and valid set. */
function readPreferences(stored: string | null): Preferences {
  let kept: unknown;
  try {
    kept = JSON.parse(stored ?? "{}");
  } catch {
    return defaults;
  }
  if (typeof kept !== "object" || kept === null) return defaults;
  const value = (name: string): unknown => (Object.hasOwn(kept, name) ? Reflect.get(kept, name) : undefined);
  const theme = value("theme");
  return {
    theme: theme === "dark" || theme === "light" ? theme : "system",
    density: value("density") === "compact" ? "compact" : "comfortable",
    wrap: value("wrap") === true,
    timestamps: value("timestamps") === true,
  };
}

export const preferences: Cell<Preferences> = cell(readPreferences(localStorage.getItem(key)));

export function prefer(change: Partial<Preferences>): void {
  preferences.set({ ...preferences.snapshot(), ...change });
  localStorage.setItem(key, JSON.stringify(preferences.snapshot()));
}

/** Keeps the page's attributes, which the styles look at, in step with the preferences. */
export function applyPreferences(): void {
  const systemDark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const { theme, density } = preferences.snapshot();
    document.documentElement.dataset.theme = theme === "system" ? (systemDark.matches ? "dark" : "light") : theme;
    document.documentElement.dataset.density = density;
  };
  apply();
  systemDark.addEventListener("change", apply);
  preferences.subscribe(apply);
}
