/** Counts that are filters: how many of what, and only those on request. */
import { classes } from "../components/classes.ts";
import { count } from "../components/figures.ts";
import { Lamp } from "../components/lamp.tsx";
import { WordFilter } from "../components/word-filter.tsx";
import { calm } from "../text/visible.ts";
import { type Condition, conditions, conditionWord } from "./condition.ts";
import { type FleetFilter, toggled } from "./filter.ts";
import type { FleetItem, Kind } from "./item.ts";

interface FilterProps {
  filter: FleetFilter;
  onFilter: (filter: FleetFilter) => void;
}

/** `items`: all rows that the kind filter lets through. */
export function StateFilter({ items, filter, onFilter }: FilterProps & { items: readonly FleetItem[] }) {
  const counts = new Map<Condition, number>();
  for (const item of items) counts.set(item.condition, (counts.get(item.condition) ?? 0) + 1);
  const shown = conditions.filter((one) => counts.has(one) || filter.state?.includes(one));
  return (
    <fieldset
      className="flex min-w-0 shrink-0 gap-1.5 overflow-x-auto px-4 pb-3 md:px-6"
      aria-label="Only these states"
    >
      {shown.map((condition) => (
        <button
          key={condition}
          type="button"
          aria-pressed={filter.state?.includes(condition) ?? false}
          onClick={() => onFilter(withState(filter, toggled(filter.state, condition)))}
          className={classes(
            "flex h-8 cursor-pointer items-center gap-2 rounded-md border border-rule bg-panel px-2.5 text-[13px] whitespace-nowrap",
            "hover:border-rule-strong aria-pressed:border-run aria-pressed:bg-run-soft",
          )}
        >
          <Lamp name={condition} size={14} silent />
          <span className="font-semibold">{count(counts.get(condition) ?? 0)}</span>
          <span className="text-ink-2">{conditionWord[condition]}</span>
        </button>
      ))}
    </fieldset>
  );
}

const kinds: readonly Kind[] = ["agent", "session", "process"];

export function KindFilter({ filter, onFilter }: FilterProps) {
  return (
    <fieldset className="flex gap-1" aria-label="Only these kinds">
      {kinds.map((kind) => (
        <button
          key={kind}
          type="button"
          aria-pressed={filter.kind?.includes(kind) ?? false}
          onClick={() => onFilter(withKind(filter, toggled(filter.kind, kind)))}
          className="h-8 cursor-pointer rounded-md px-2 text-[13px] text-ink-2 capitalize hover:bg-sunken aria-pressed:bg-run-soft aria-pressed:font-medium aria-pressed:text-run"
        >
          {kind === "process" ? "processes" : `${kind}s`}
        </button>
      ))}
    </fieldset>
  );
}

/** Sessions named in the list; the others are found by their words. */
const sessionsMost = 200;

/** Nothing to choose, nothing shown. */
export function SessionFilter({ items, filter, onFilter }: FilterProps & { items: readonly FleetItem[] }) {
  const { session: chosen = "", ...others } = filter;
  const ids = new Set(items.flatMap(({ sessionId }) => sessionId ?? []));
  if (chosen !== "") ids.add(chosen);
  if (ids.size === 0) return null;
  return (
    <select
      aria-label="Only this session"
      value={chosen}
      onChange={({ target }) => onFilter(target.value === "" ? others : { ...others, session: target.value })}
      className="h-8 max-w-44 cursor-pointer rounded-md border border-rule bg-panel px-2 text-[13px]"
    >
      <option value="">Any session</option>
      {[...ids]
        .sort()
        .slice(0, sessionsMost)
        .map((id) => (
          <option key={id} value={id}>
            {calm(id)}
          </option>
        ))}
    </select>
  );
}

export function TextFilter({ filter, onFilter }: FilterProps) {
  return (
    <span className="max-md:w-full md:ml-auto">
      <WordFilter
        label="Only rows with these words"
        value={filter.q ?? ""}
        onChange={(q) => onFilter(withText(filter, q))}
      />
    </span>
  );
}

const withState = ({ state: _, ...rest }: FleetFilter, state: Condition[] | undefined): FleetFilter =>
  state ? { ...rest, state } : rest;
const withKind = ({ kind: _, ...rest }: FleetFilter, kind: Kind[] | undefined): FleetFilter =>
  kind ? { ...rest, kind } : rest;
const withText = ({ q: _, ...rest }: FleetFilter, q: string): FleetFilter => (q === "" ? rest : { ...rest, q });
