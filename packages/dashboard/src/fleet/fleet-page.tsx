/** Home: everything that runs, what needs a person first. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { Button } from "../components/button.tsx";
import { PageHead } from "../components/page.tsx";
import { type FleetFilter, matches } from "./filter.ts";
import { KindFilter, StateFilter, TextFilter } from "./filter-bar.tsx";
import { FleetEmpty } from "./fleet-empty.tsx";
import { FleetList } from "./fleet-list.tsx";
import { useFleet } from "./use-fleet.ts";

const StopPanel = lazy(async () => ({ default: (await import("../steering/stop-panel.tsx")).StopPanel }));

export function FleetPage() {
  const filter: FleetFilter = useSearch({ from: "/" });
  const navigate = useNavigate();
  const fleet = useFleet();
  const ofKind = [...fleet.items.values()].filter((item) => !filter.kind || filter.kind.includes(item.kind));
  const onFilter = (search: FleetFilter) => void navigate({ to: "/", search, replace: true });
  const [stopping, setStopping] = useState(false);
  return (
    <>
      <PageHead title="Fleet">
        {fleet.items.size > 0 && (
          <>
            <KindFilter filter={filter} onFilter={onFilter} />
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
      {fleet.items.size === 0 ? (
        <FleetEmpty loading={fleet.loading} error={fleet.error} />
      ) : (
        <>
          {stopping && (
            <Suspense>
              <StopPanel
                items={[...fleet.items.values()].filter((item) => matches(item, filter))}
                onClose={() => setStopping(false)}
              />
            </Suspense>
          )}
          <StateFilter items={ofKind} filter={filter} onFilter={onFilter} />
          <FleetList fleet={fleet} filter={filter} onAll={() => onFilter({})} />
        </>
      )}
    </>
  );
}
