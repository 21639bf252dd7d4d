/** The columns of the four tables. */
import { Badge } from "../components/badge.tsx";
import { duration } from "../components/figures.ts";
import { LampWord } from "../components/lamp.tsx";
import type { LongColumn } from "../components/long-table.tsx";
import { RelativeTime } from "../components/relative-time.tsx";
import { spoken } from "../fleet/condition.ts";
import { calm } from "../text/visible.ts";
import type { Activity } from "./activity.ts";
import { OutsideLink } from "./outside-link.tsx";
import {
  checksInWords,
  checksLamp,
  type IssueRow,
  isClosed,
  type PullRow,
  pullLamp,
  pullWord,
  type RunRow,
  runLamp,
} from "./repo-rows.ts";

const cut = (text: string | undefined, className = "") => (
  <span className={`block truncate ${className}`} title={text === undefined ? undefined : calm(text)}>
    {text === undefined ? "" : calm(text)}
  </span>
);

const repo = <Row extends { repo: string }>(): LongColumn<Row> => ({
  name: "Repository",
  cell: (row) => cut(row.repo, "max-w-[24ch] font-mono text-ink-2"),
  wideOnly: true,
});

const changed = <Row extends { updatedAt: number }>(): LongColumn<Row> => ({
  name: "Changed",
  cell: (row) => <RelativeTime ms={row.updatedAt} />,
  align: "right",
  wideOnly: true,
  className: "w-24 text-ink-2",
});

const linked = <Row extends { url: string | undefined }>(label: (row: Row) => string): LongColumn<Row> => ({
  name: "Open",
  cell: (row) => <OutsideLink url={row.url} label={calm(label(row))} />,
  className: "w-28",
});

const wide = "max-w-0 w-full";

export const activityColumns: ReadonlyArray<LongColumn<Activity>> = [
  {
    name: "What",
    cell: ({ lamp, says, title }) => (
      <span className="flex min-w-0 items-center gap-3">
        <LampWord name={lamp} word={calm(says)} className="shrink-0 max-md:shrink" />
        {cut(title, "min-w-0 flex-1 text-ink-2 max-md:hidden")}
      </span>
    ),
    className: wide,
  },
  repo(),
  { name: "Who", cell: ({ actor }) => cut(actor, "max-w-[18ch]"), wideOnly: true },
  { name: "When", cell: ({ at }) => <RelativeTime ms={at} />, align: "right", className: "w-24 text-ink-2" },
  { ...linked<Activity>(({ says }) => says), wideOnly: true },
];

export const pullColumns: ReadonlyArray<LongColumn<PullRow>> = [
  {
    name: "Pull request",
    cell: (pull) => (
      <span className="flex min-w-0 items-center gap-2">
        <span className="font-mono text-ink-2">#{pull.number}</span>
        {cut(pull.title, "min-w-0 font-medium")}
      </span>
    ),
    className: wide,
  },
  {
    name: "State",
    cell: (pull) => <LampWord name={pullLamp(pull)} word={pullWord(pull)} className="max-md:[&>span]:sr-only" />,
  },
  {
    name: "Checks",
    cell: ({ checks }) =>
      checks === undefined ? (
        <span className="text-ink-3">none known</span>
      ) : (
        <span data-checks={checks.says}>
          <LampWord name={checksLamp[checks.says]} word={checksInWords(checks)} />
        </span>
      ),
  },
  { name: "Branch", cell: ({ headRef }) => cut(headRef, "max-w-[20ch] font-mono text-ink-2"), wideOnly: true },
  { name: "By", cell: ({ author }) => cut(author, "max-w-[16ch]"), wideOnly: true },
  repo(),
  changed(),
  { ...linked<PullRow>(({ number }) => `Pull request ${number}`), wideOnly: true },
];

export const runColumns: ReadonlyArray<LongColumn<RunRow>> = [
  {
    name: "Workflow",
    cell: ({ workflow, runNumber }) => (
      <span className="flex min-w-0 items-center gap-2">
        {cut(workflow, "min-w-0 font-medium")}
        {runNumber !== undefined && <span className="font-mono text-ink-2">#{runNumber}</span>}
      </span>
    ),
    className: wide,
  },
  { name: "State", cell: (run) => <LampWord name={runLamp(run)} word={calm(spoken(run.conclusion ?? run.status))} /> },
  { name: "Branch", cell: ({ headRef }) => cut(headRef, "max-w-[20ch] font-mono text-ink-2"), wideOnly: true },
  {
    name: "Took",
    cell: ({ durationMs }) => (durationMs === undefined ? "" : duration(durationMs)),
    align: "right",
    wideOnly: true,
    className: "w-24 text-ink-2",
  },
  { name: "By", cell: ({ actor }) => cut(actor, "max-w-[16ch]"), wideOnly: true },
  repo(),
  changed(),
  { ...linked<RunRow>(({ workflow }) => `Run of ${workflow}`), wideOnly: true },
];

export const issueColumns: ReadonlyArray<LongColumn<IssueRow>> = [
  {
    name: "Issue",
    cell: (issue) => (
      <span className="flex min-w-0 items-center gap-2">
        <span className="font-mono text-ink-2">#{issue.number}</span>
        {cut(issue.title, "min-w-0 font-medium")}
        {issue.labels.slice(0, 3).map((label) => (
          <span key={label} className="max-md:hidden">
            <Badge>{calm(label.slice(0, 24))}</Badge>
          </span>
        ))}
      </span>
    ),
    className: wide,
  },
  {
    name: "State",
    cell: (issue) => (
      <LampWord name={isClosed(issue) ? "done" : "idle"} word={calm(spoken(issue.state ?? "unknown"))} />
    ),
  },
  { name: "For", cell: ({ assignees }) => cut(assignees.join(", "), "max-w-[20ch]"), wideOnly: true },
  { name: "By", cell: ({ author }) => cut(author, "max-w-[16ch]"), wideOnly: true },
  repo(),
  changed(),
  { ...linked<IssueRow>(({ number }) => `Issue ${number}`), wideOnly: true },
];
