/** What must not be overlooked, of the whole fleet, whatever is shown below. */
import { classes } from "../components/classes.ts";
import { count, duration } from "../components/figures.ts";
import { Lamp } from "../components/lamp.tsx";
import { useNow } from "../stores/clock.ts";
import { type Attention, attentionOf } from "./attention.ts";
import type { FleetFilter } from "./filter.ts";
import type { FleetItem } from "./item.ts";

interface AttentionStripProps {
  items: readonly FleetItem[];
  onFilter: (filter: FleetFilter) => void;
}

export function AttentionStrip({ items, onFilter }: AttentionStripProps) {
  const all = attentionOf(items);
  if (all.length === 0) return null;
  return (
    <ul aria-label="What must not be overlooked" className="flex flex-wrap gap-2 px-4 pb-3 md:px-6">
      {all.map((one) => (
        <li key={one.condition}>
          <button
            type="button"
            title="Show only these"
            data-testid="attention"
            data-condition={one.condition}
            onClick={() => onFilter({ state: [one.condition] })}
            className={classes(
              "flex min-h-8 cursor-pointer items-center gap-2 rounded-md px-2.5 py-1 text-left text-[13px]",
              one.condition === "waiting" ? "bg-wait-soft text-wait" : "bg-stop-soft text-stop",
            )}
          >
            <Lamp name={one.condition} size={14} silent />
            <span>
              <strong className="font-semibold">
                {count(one.many)} {one.condition === "waiting" && one.many === 1 ? "needs you" : words[one.condition]}
              </strong>
              {one.what !== "" && `: ${one.what}`}
              <Longest {...one} />
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

const words = { waiting: "need you", stuck: "stuck", lost: "lost" } as const;

function Longest({ condition, many, oldest }: Attention) {
  const now = useNow();
  if (oldest === undefined) return null;
  const long = duration(Math.floor((now - oldest) / 1_000) * 1_000);
  const what = condition === "stuck" ? "no progress for" : "for";
  return many === 1 ? ` ${what} ${long}` : ` · longest ${what} ${long}`;
}
