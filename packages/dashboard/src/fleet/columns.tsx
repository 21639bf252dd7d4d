/** The columns of the lists of one kind. */
import { Link } from "@tanstack/react-router";
import { LampWord } from "../components/lamp.tsx";
import { RelativeTime } from "../components/relative-time.tsx";
import type { Column } from "../components/table.tsx";
import { Track } from "../components/track.tsx";
import { plainText } from "../text/ansi.ts";
import { calm } from "../text/visible.ts";
import type { FleetItem } from "./item.ts";

const stateColumn: Column<FleetItem> = {
  name: "State",
  cell: (item) => <LampWord name={item.lamp} word={calm(item.word)} className="text-[13px]" />,
  className: "w-40",
};

const saidColumn: Column<FleetItem> = {
  name: "Last words",
  cell: (item) => (
    <span
      className={`block max-w-[36ch] truncate font-mono text-[13px] xl:max-w-[64ch] ${item.saidBad ? "text-stop" : "text-ink-2"}`}
    >
      {plainText(item.said)}
    </span>
  ),
  wideOnly: true,
};

const progressColumn: Column<FleetItem> = {
  name: "Progress",
  cell: (item) => <Track condition={item.condition} progress={item.progress} />,
  className: "w-44",
  wideOnly: true,
};

const updatedColumn: Column<FleetItem> = {
  name: "Last event",
  cell: (item) => <RelativeTime ms={item.updatedAt} />,
  align: "right",
  className: "w-28 text-[13px] text-ink-2",
};

const titleColumn = (name: string, to: "/agents/$id" | "/sessions/$id"): Column<FleetItem> => ({
  name,
  cell: (item) => (
    <Link to={to} params={{ id: item.id }} className="font-medium hover:underline">
      {calm(item.title)}
    </Link>
  ),
});

const others = [stateColumn, progressColumn, saidColumn, updatedColumn];

export const kindColumns: Readonly<Record<"agent" | "session", ReadonlyArray<Column<FleetItem>>>> = {
  agent: [titleColumn("Agent", "/agents/$id"), ...others],
  session: [titleColumn("Session", "/sessions/$id"), ...others],
};
