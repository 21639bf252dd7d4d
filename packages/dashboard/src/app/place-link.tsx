import { Link } from "@tanstack/react-router";
import { classes } from "../components/classes.ts";
import type { Place } from "./places.tsx";

interface PlaceLinkProps {
  place: Place;
  waiting: number | undefined;
  /** `row`: beside the view. `tile`: under a thumb. `told`: with what it shows. */
  look: "row" | "tile" | "told";
}

const looks = {
  row: "h-7.5 items-center gap-2.5 rounded-md px-2 hover:bg-sunken aria-[current=page]:bg-sunken",
  tile: "relative h-full flex-col items-center justify-center gap-0.5 text-[11px] leading-4",
  told: "min-h-12 items-center gap-3 rounded-md px-2 hover:bg-sunken aria-[current=page]:bg-sunken",
} as const;

export function PlaceLink({ place: { to, icon, label, says }, waiting = 0, look }: PlaceLinkProps) {
  return (
    <Link
      to={to}
      activeOptions={{ exact: to === "/", includeSearch: false }}
      className={classes("flex font-medium text-ink-2 hover:text-ink aria-[current=page]:text-ink", looks[look])}
    >
      {icon}
      {look === "told" ? (
        <span className="min-w-0 flex-1">
          <span className="block text-ink">{label}</span>
          <span className="block truncate text-xs font-normal text-ink-2">{says}</span>
        </span>
      ) : (
        <span className={classes(look === "row" && "flex-1")}>{label}</span>
      )}
      {waiting > 0 && <Waiting count={waiting} corner={look === "tile"} />}
    </Link>
  );
}

function Waiting({ count, corner }: { count: number; corner: boolean }) {
  return (
    <span
      className={classes(
        "rounded bg-wait-soft px-1.5 text-xs leading-5 font-semibold text-wait",
        corner && "absolute top-0.5 left-[calc(50%+6px)] px-1 text-[11px] leading-4",
      )}
    >
      {count}
      <span className="sr-only"> waiting for you</span>
    </span>
  );
}
