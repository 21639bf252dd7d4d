/** Columns that tables of several kinds share. */
import { LampWord } from "../components/lamp.tsx";
import { RelativeTime } from "../components/relative-time.tsx";
import type { Column } from "../components/table.tsx";
import { Track } from "../components/track.tsx";
import { plainText } from "../text/ansi.ts";
import { calm } from "../text/visible.ts";
import type { FleetItem } from "./item.ts";

export const stateColumn: Column<FleetItem> = {
  name: "State",
  cell: (item) => <LampWord name={item.lamp} word={calm(item.word)} className="text-[13px]" />,
  className: "w-40",
};

export const saidColumn: Column<FleetItem> = {
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

export const progressColumn: Column<FleetItem> = {
  name: "Progress",
  cell: (item) => <Track condition={item.condition} progress={item.progress} />,
  className: "w-44",
  wideOnly: true,
};

export const updatedColumn: Column<FleetItem> = {
  name: "Last event",
  cell: (item) => <RelativeTime ms={item.updatedAt} />,
  align: "right",
  className: "w-28 text-[13px] text-ink-2",
};
