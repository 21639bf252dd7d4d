/** A JSON value as a tree whose branches open and close. Keys and texts are shown as text, whatever they are. */
import { useState } from "react";
import { classes } from "../components/classes.ts";
import { count } from "../components/figures.ts";
import { ChevronIcon } from "../components/icons.tsx";
import { calm, calmLines } from "../text/visible.ts";

/** Of one branch; the whole is in what is copied. */
const membersShown = 200;
const charactersShown = 5_000;
const openDepth = 2;

export function JsonTree({ name, value, depth = 0 }: { name?: string; value: unknown; depth?: number }) {
  const [open, setOpen] = useState(depth < openDepth);
  const label = name !== undefined && <span className="text-run">{calm(name)}: </span>;
  if (typeof value !== "object" || value === null) {
    return (
      <div className="pl-4 break-words whitespace-pre-wrap">
        {label}
        <Leaf value={value} />
      </div>
    );
  }
  const members: Array<[string, unknown]> = Array.isArray(value)
    ? value.map((one: unknown, index) => [String(index), one])
    : Object.entries(value);
  const size = Array.isArray(value) ? `[${count(members.length)}]` : `{${count(members.length)}}`;
  return (
    <div className={depth === 0 ? "" : "pl-4"}>
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="-ml-4 inline-flex cursor-pointer items-center gap-1 pl-0.5 text-left"
      >
        <ChevronIcon className={classes("h-3 w-3 text-ink-3", open && "rotate-90")} />
        {label}
        <span className="text-ink-3">{size}</span>
      </button>
      {open &&
        members
          .slice(0, membersShown)
          .map(([key, one]) => <JsonTree key={key} name={key} value={one} depth={depth + 1} />)}
      {open && members.length > membersShown && (
        <div className="pl-4 text-ink-3">
          showing {membersShown} of {count(members.length)}; copying takes all
        </div>
      )}
    </div>
  );
}

function Leaf({ value }: { value: unknown }) {
  if (typeof value !== "string") return <span className="text-done">{String(value)}</span>;
  const cut = value.length > charactersShown;
  return (
    <span>
      "{calmLines(cut ? value.slice(0, charactersShown) : value)}"
      {cut && (
        <span className="text-ink-3">
          {" "}
          showing {count(charactersShown)} of {count(value.length)} characters
        </span>
      )}
    </span>
  );
}
