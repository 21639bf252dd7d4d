/** Home: everything that runs, what needs a person first. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { PageHead } from "../components/page.tsx";
import type { FleetFilter } from "./filter.ts";
import { KindFilter, StateFilter, TextFilter } from "./filter-bar.tsx";
import { FleetEmpty } from "./fleet-empty.tsx";
import { FleetList } from "./fleet-list.tsx";
import { useFleet } from "./use-fleet.ts";

export function FleetPage() {
  const filter: FleetFilter = useSearch({ from: "/" });
  const navigate = useNavigate();
  const fleet = useFleet();
  const ofKind = [...fleet.items.values()].filter((item) => !filter.kind || filter.kind.includes(item.kind));
  const onFilter = (search: FleetFilter) => void navigate({ to: "/", search, replace: true });
  return (
    <>
      <PageHead title="Fleet">
        {fleet.items.size > 0 && (
          <>
            <KindFilter filter={filter} onFilter={onFilter} />
            <TextFilter filter={filter} onFilter={onFilter} />
          </>
        )}
      </PageHead>
      {fleet.items.size === 0 ? (
        <FleetEmpty loading={fleet.loading} error={fleet.error} />
      ) : (
        <>
          <StateFilter items={ofKind} filter={filter} onFilter={onFilter} />
          <FleetList fleet={fleet} filter={filter} onAll={() => onFilter({})} />
        </>
      )}
    </>
  );
}
