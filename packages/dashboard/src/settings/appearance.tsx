/** How the panel looks in this browser. */
import { Link } from "@tanstack/react-router";
import { densities, themes } from "../app/settings-face.tsx";
import { Panel } from "../components/panel.tsx";
import { prefer, preferences } from "../stores/preferences.ts";
import { useReadable } from "../stores/use-readable.ts";
import { Choices, Switch } from "./choices.tsx";

export function Appearance() {
  const { theme, density, wrap, timestamps } = useReadable(preferences);
  return (
    <>
      <Panel title="Look">
        <Choices label="Theme" choices={themes} chosen={theme} onChoose={(next) => prefer({ theme: next })} />
        <Choices label="Density" choices={densities} chosen={density} onChoose={(next) => prefer({ density: next })} />
        <p className="text-[13px] text-ink-2">
          Motion follows the system's own setting.{" "}
          <Link to="/gallery" className="text-run underline">
            The gallery
          </Link>{" "}
          shows every part in both themes, with the contrast of each colour.
        </p>
      </Panel>
      <Panel title="Logs">
        <div>
          <Switch label="Wrap long lines" on={wrap} onChange={(on) => prefer({ wrap: on })} />
          <Switch label="Show when each line came" on={timestamps} onChange={(on) => prefer({ timestamps: on })} />
        </div>
      </Panel>
    </>
  );
}
