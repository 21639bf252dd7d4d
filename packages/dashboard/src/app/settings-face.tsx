/** The button of the settings, with the mark of the present theme. */
import type { ComponentProps, ReactNode } from "react";
import { MoonIcon, SunIcon, SystemIcon } from "../components/icons.tsx";
import { type Preferences, preferences } from "../stores/preferences.ts";
import { useReadable } from "../stores/use-readable.ts";

export const themes: ReadonlyArray<[Preferences["theme"], string, ReactNode]> = [
  ["system", "As the system", <SystemIcon key="system" />],
  ["light", "Light", <SunIcon key="light" />],
  ["dark", "Dark", <MoonIcon key="dark" />],
];

export const densities: ReadonlyArray<[Preferences["density"], string]> = [
  ["comfortable", "Comfortable"],
  ["compact", "Compact"],
];

export function SettingsFace(props: ComponentProps<"button">) {
  const { theme } = useReadable(preferences);
  return (
    <button
      type="button"
      data-testid="settings"
      aria-label="Appearance and token"
      className="flex h-8 cursor-pointer items-center gap-2.5 rounded-md px-2 text-[13px] font-medium text-ink-2 hover:bg-sunken hover:text-ink"
      {...props}
    >
      {themes.find(([name]) => name === theme)?.[2]}
      <span className="max-md:hidden">Appearance</span>
    </button>
  );
}
