/** Home: everything that runs, what needs a person first. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { Button } from "../components/button.tsx";
import { PageHead } from "../components/page.tsx";
import { AttentionStrip } from "./attention-strip.tsx";
import { type FleetFilter, type FleetSearch, filterOf, matches } from "./filter.ts";
import { KindFilter, SessionFilter, StateFilter, TextFilter } from "./filter-bar.tsx";
import { FleetEmpty } from "./fleet-empty.tsx";
import { FleetRows } from "./fleet-rows.tsx";
import { SavedFilters } from "./saved-filters.tsx";
import { ShapeSwitch } from "./shape-switch.tsx";
import { useFleet } from "./use-fleet.ts";

const StopPanel = lazy(async () => ({ default: (await import("../steering/stop-panel.tsx")).StopPanel }));

export function FleetPage() {
  const search: FleetSearch = useSearch({ from: "/" });
  const navigate = useNavigate();
  const fleet = useFleet();
  const filter = filterOf(search);
  const items = [...fleet.items.values()];
  const onSearch = (next: FleetSearch) => void navigate({ to: "/", search: next, replace: true });
  /** Other rows in the same shape. */
  const onFilter = (next: FleetFilter) => {
    const { view, sort } = search;
    onSearch({ ...next, ...(view ? { view } : {}), ...(sort ? { sort } : {}) });
  };
  const [stopping, setStopping] = useState(false);
  return (
    <>
      <PageHead title="Fleet">
        {items.length > 0 && (
          <>
            <ShapeSwitch search={search} onSearch={onSearch} />
            <KindFilter filter={filter} onFilter={onFilter} />
            <SessionFilter items={items} filter={filter} onFilter={onFilter} />
            <Button
              aria-expanded={stopping}
              onClick={() => setStopping(!stopping)}
              className="max-md:ml-auto md:order-last"
            >
              Stop…
            </Button>
            <TextFilter filter={filter} onFilter={onFilter} />
          </>
        )}
      </PageHead>
      {items.length === 0 ? (
        <FleetEmpty loading={fleet.loading} error={fleet.error} />
      ) : (
        <>
          {stopping && (
            <Suspense>
              <StopPanel items={items.filter((item) => matches(item, filter))} onClose={() => setStopping(false)} />
            </Suspense>
          )}
          <AttentionStrip items={items} onFilter={onFilter} />
          <StateFilter
            items={items.filter((item) => !filter.kind || filter.kind.includes(item.kind))}
            filter={filter}
            onFilter={onFilter}
          />
          <SavedFilters items={items} search={search} onSearch={onSearch} />
          <FleetRows fleet={fleet} search={search} onSearch={onSearch} />
        </>
      )}
    </>
  );
}
