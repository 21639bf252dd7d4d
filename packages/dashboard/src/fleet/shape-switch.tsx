/** Lanes, a board or a table of the same rows. */
import type { FleetSearch, Shape } from "./filter.ts";

const shapes: ReadonlyArray<readonly [Shape, string]> = [
  ["lanes", "Lanes"],
  ["board", "Board"],
  ["table", "Table"],
];

interface ShapeSwitchProps {
  search: FleetSearch;
  onSearch: (search: FleetSearch) => void;
}

export function ShapeSwitch({ search, onSearch }: ShapeSwitchProps) {
  const { view: now = "lanes", ...others } = search;
  return (
    <fieldset className="flex rounded-md border border-rule bg-panel p-0.5 max-md:hidden" aria-label="Shape">
      {shapes.map(([shape, word]) => (
        <button
          key={shape}
          type="button"
          aria-pressed={shape === now}
          onClick={() => onSearch(shape === "lanes" ? others : { ...others, view: shape })}
          className="h-6.5 cursor-pointer rounded px-2 text-[13px] text-ink-2 hover:text-ink aria-pressed:bg-run-soft aria-pressed:font-medium aria-pressed:text-run"
        >
          {word}
        </button>
      ))}
    </fieldset>
  );
}
