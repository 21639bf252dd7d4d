import { Link } from "@tanstack/react-router";
import { bytes, count, percent } from "../components/figures.ts";
import { LampWord } from "../components/lamp.tsx";
import type { LongColumn } from "../components/long-table.tsx";
import { Elapsed } from "../components/relative-time.tsx";
import { Sparkline } from "../components/sparkline.tsx";
import { plainText } from "../text/ansi.ts";
import { calm } from "../text/visible.ts";
import type { ProcessRow } from "./process-rows.ts";

export const processColumns: ReadonlyArray<LongColumn<ProcessRow>> = [
  {
    name: "Command",
    sort: "command",
    cell: (row) => (
      <Link
        to="/processes/$id"
        params={{ id: row.id }}
        title={calm([row.title, row.subtitle].filter(Boolean).join(" · "))}
        className="block max-w-[45vw] truncate font-mono font-semibold hover:underline md:max-w-[26ch] xl:max-w-[40ch]"
      >
        {calm(row.title)}
      </Link>
    ),
  },
  { name: "State", cell: (row) => <LampWord name={row.lamp} word={calm(row.word)} />, className: "w-32" },
  {
    name: "Exit",
    sort: "exit",
    cell: ({ state }) => <span className="font-mono text-ink-2">{state.exitCode}</span>,
    align: "right",
    wideOnly: true,
    className: "w-16",
  },
  {
    name: "Last words",
    cell: (row) => (
      <span className={`block truncate font-mono ${row.saidBad ? "text-stop" : "text-ink-2"}`}>
        {plainText(row.said)}
      </span>
    ),
    wideOnly: true,
    className: "max-w-0 w-full",
  },
  { name: "Lines", sort: "lines", cell: ({ state }) => count(state.lines), align: "right", wideOnly: true },
  {
    name: "On stderr",
    sort: "errors",
    cell: ({ state }) => state.errorLines > 0 && <span className="text-stop">{count(state.errorLines)}</span>,
    align: "right",
    wideOnly: true,
  },
  {
    name: "CPU",
    sort: "cpu",
    cell: (row) => (
      <span className="inline-flex items-center gap-2">
        {row.cpuHistory.length > 1 && (
          <Sparkline
            values={row.cpuHistory}
            width={56}
            height={18}
            label="CPU of the last minutes"
            className="max-xl:hidden"
          />
        )}
        {row.cpuPercent === undefined ? "" : percent(row.cpuPercent)}
      </span>
    ),
    align: "right",
    wideOnly: true,
  },
  {
    name: "Memory",
    sort: "memory",
    cell: ({ state }) => (state.memoryBytes === undefined ? "" : bytes(state.memoryBytes)),
    align: "right",
    wideOnly: true,
  },
  {
    name: "Time",
    sort: "time",
    cell: (row) => (row.startedAt === undefined ? "" : <Elapsed from={row.startedAt} to={row.stoppedAt} />),
    align: "right",
    className: "w-24 text-ink-2",
  },
];
