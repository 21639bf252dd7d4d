/** Filters under a name: one click shows what one looks for every morning. */
import { lazy, Suspense, useState } from "react";
import { Button } from "../components/button.tsx";
import { classes } from "../components/classes.ts";
import { count } from "../components/figures.ts";
import { CopyIcon, SaveIcon, SettingsIcon } from "../components/icons.tsx";
import { toast } from "../stores/toasts.ts";
import { useReadable } from "../stores/use-readable.ts";
import { calm } from "../text/visible.ts";
import { type FleetSearch, filterOf, isFiltered, matcher } from "./filter.ts";
import type { FleetItem } from "./item.ts";
import { isSame, type SavedFilter, saved } from "./saved.ts";

const SavedDialog = lazy(async () => ({ default: (await import("./saved-dialog.tsx")).SavedDialog }));

interface SavedFiltersProps {
  items: readonly FleetItem[];
  search: FleetSearch;
  onSearch: (search: FleetSearch) => void;
}

export function SavedFilters({ items, search, onSearch }: SavedFiltersProps) {
  const list = useReadable(saved);
  const [open, setOpen] = useState<"save" | "edit">();
  const filtered = isFiltered(filterOf(search));
  const isNew = filtered && !list.some((one) => isSame(one.search, search));
  if (list.length === 0 && !isNew) return null;
  return (
    <div className="flex flex-wrap items-center gap-1.5 px-4 pb-3 md:px-6" data-testid="saved-filters">
      {list.map((one) => (
        <Chip
          key={one.name}
          filter={one}
          items={items}
          chosen={isSame(one.search, search)}
          onChoose={() => onSearch(one.search)}
        />
      ))}
      {isNew && (
        <Button look="quiet" className="h-7" onClick={() => setOpen("save")}>
          <SaveIcon />
          Save this filter…
        </Button>
      )}
      {filtered && (
        <Button look="quiet" className="h-7" onClick={copyLink}>
          <CopyIcon />
          Copy link
        </Button>
      )}
      {list.length > 0 && (
        <Button look="quiet" className="h-7" aria-label="Edit saved filters" onClick={() => setOpen("edit")}>
          <SettingsIcon />
        </Button>
      )}
      {open && (
        <Suspense>
          <SavedDialog saving={open === "save" ? search : undefined} onClose={() => setOpen(undefined)} />
        </Suspense>
      )}
    </div>
  );
}

interface ChipProps {
  filter: SavedFilter;
  items: readonly FleetItem[];
  chosen: boolean;
  onChoose: () => void;
}

function Chip({ filter: { name, search }, items, chosen, onChoose }: ChipProps) {
  const found = items.filter(matcher(search));
  const needs = found.some(({ condition }) => condition === "waiting");
  return (
    <button
      type="button"
      aria-pressed={chosen}
      onClick={onChoose}
      data-testid="saved-filter"
      className={classes(
        "flex h-7 max-w-60 cursor-pointer items-center gap-2 rounded-full border border-rule bg-panel px-3 text-[13px]",
        "hover:border-rule-strong aria-pressed:border-run aria-pressed:bg-run-soft",
      )}
    >
      <span className="truncate" title={calm(name)}>
        {calm(name)}
      </span>
      <span className={classes("font-semibold", needs ? "text-wait" : "text-ink-2")}>{count(found.length)}</span>
    </button>
  );
}

function copyLink(): void {
  // Without https there is no clipboard.
  const copied = navigator.clipboard?.writeText(location.href) ?? Promise.reject(new Error("none"));
  copied.then(
    () => toast("The address of this view is copied."),
    () => toast("The browser did not allow copying; copy the address from its bar.", "bad"),
  );
}
