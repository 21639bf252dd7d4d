import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { CopyLine } from "../components/copy-line.tsx";
import { count } from "../components/figures.ts";
import { Elapsed } from "../components/relative-time.tsx";
import type { Column } from "../components/table.tsx";
import { saidColumn, stateColumn } from "../fleet/columns.tsx";
import type { FleetItem } from "../fleet/item.ts";
import { KindPage } from "../fleet/kind-page.tsx";
import { calm } from "../text/visible.ts";

const columns: ReadonlyArray<Column<FleetItem>> = [
  {
    name: "Command",
    cell: (item) => (
      <Link
        to="/processes/$id"
        params={{ id: item.id }}
        className="block max-w-[40vw] truncate font-mono text-[13px] font-semibold hover:underline md:max-w-[28ch] xl:max-w-[44ch]"
      >
        {calm(item.title)}
      </Link>
    ),
  },
  stateColumn,
  saidColumn,
  {
    name: "Lines",
    cell: (item) => count(item.lines ?? 0),
    align: "right",
    wideOnly: true,
    className: "w-24 text-[13px]",
  },
  {
    name: "CPU",
    cell: (item) => (item.cpuPercent === undefined ? "" : `${Math.round(item.cpuPercent)} %`),
    align: "right",
    wideOnly: true,
    className: "w-20 text-[13px]",
  },
  {
    name: "Time",
    cell: (item) => (item.startedAt === undefined ? "" : <Elapsed from={item.startedAt} to={item.stoppedAt} />),
    align: "right",
    className: "w-28 text-[13px] text-ink-2",
  },
];

export function ProcessesPage() {
  const filter = useSearch({ from: "/processes" });
  const navigate = useNavigate();
  return (
    <KindPage
      title="Processes"
      kind="process"
      columns={columns}
      filter={filter}
      onFilter={(search) => void navigate({ to: "/processes", search, replace: true })}
      empty={
        <>
          <p>Any command becomes a process here when it is run like this:</p>
          <CopyLine text="npx signalbox run -- npm test" says="run a command" />
        </>
      }
    />
  );
}
