/** One entry: a line, and all that is known of it on request. */
import { Link } from "@tanstack/react-router";
import { classes } from "../components/classes.ts";
import { exactTimeOfDay, moment } from "../components/figures.ts";
import { ChevronIcon } from "../components/icons.tsx";
import { Lamp } from "../components/lamp.tsx";
import { RelativeTime } from "../components/relative-time.tsx";
import { calm, calmLines } from "../text/visible.ts";
import { type AuditEntry, deed, detail, placeOf } from "./entry.ts";

export function AuditRow({ entry, open, onToggle }: { entry: AuditEntry; open: boolean; onToggle: () => void }) {
  const isOk = entry.result === "ok";
  return (
    <>
      <button
        type="button"
        aria-expanded={open}
        onClick={onToggle}
        data-testid="audit-entry"
        className="grid min-h-[calc(var(--row)-20px)] w-full cursor-pointer grid-cols-[auto_minmax(0,1fr)] items-center gap-x-3 px-4 py-1 text-left text-[13px] hover:bg-raised md:grid-cols-[auto_6.5rem_minmax(0,11rem)_minmax(0,1fr)_minmax(0,13rem)_minmax(0,9rem)_minmax(0,8rem)] md:px-6"
      >
        <ChevronIcon className={classes("h-3 w-3 text-ink-3", open && "rotate-90")} />
        <span className="text-ink-3 max-md:hidden" title={moment(entry.at)}>
          <RelativeTime ms={entry.at} />
        </span>
        <span className="truncate font-medium" title={calm(entry.who)}>
          {calm(entry.who)}
        </span>
        <span className="truncate max-md:col-start-2" title={calm(`${deed(entry)} ${detail(entry)}`)}>
          {calm(deed(entry))} <span className="text-ink-2">{calm(detail(entry))}</span>
        </span>
        <span className="truncate font-mono text-xs text-ink-2 max-md:col-start-2" title={calm(entry.target ?? "")}>
          {calm(entry.target ?? "")}
        </span>
        <span
          className={classes("flex min-w-0 items-center gap-1.5 max-md:col-start-2", isOk ? "text-ink-2" : "text-stop")}
        >
          <Lamp name={isOk ? "done" : "failed"} size={12} silent />
          <span className="truncate">{isOk ? "done" : calm(entry.result)}</span>
          <span className="text-ink-3 md:hidden">
            · <RelativeTime ms={entry.at} />
          </span>
        </span>
        <span className="truncate font-mono text-xs text-ink-3 max-md:hidden">{calm(entry.address ?? "")}</span>
      </button>
      {open && <Details entry={entry} />}
    </>
  );
}

function Details({ entry }: { entry: AuditEntry }) {
  const place = placeOf(entry);
  const { details = {} } = entry;
  const facts: Array<[string, string | undefined]> = [
    ["Time", `${moment(entry.at)} (${exactTimeOfDay(entry.at)})`],
    ["From", entry.address],
    ["With", entry.by],
    ["Id", entry.about],
    ...Object.entries(details).map(([name, value]): [string, string] => [
      name,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
    ["Event", entry.event],
    ["Lost before", entry.lost === undefined ? undefined : `${entry.lost} acts that were only counted`],
    ["Node", entry.node],
    ["Position", entry.position],
    ["Hash", entry.hash],
    ["Follows", entry.previous === "" ? "none: the chain begins here" : entry.previous],
  ];
  return (
    <div className="flex flex-col gap-2 bg-sunken px-4 py-3 text-[13px] md:px-6">
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-0.5">
        {facts.map(
          ([name, value]) =>
            value !== undefined && (
              <div key={name} className="contents">
                <dt className="text-ink-2">{calm(name)}</dt>
                <dd className="font-mono text-xs break-all">{calmLines(value)}</dd>
              </div>
            ),
        )}
      </dl>
      <p className="flex flex-wrap gap-x-4">
        {place?.to === "/approvals" && (
          <Link to="/approvals" search={{ id: place.id }} className="text-run underline">
            Go to the approval
          </Link>
        )}
        {place !== undefined && place.to !== "/approvals" && (
          <Link to={place.to} params={{ id: place.id }} className="text-run underline">
            Go to {calm(entry.target ?? "")}
          </Link>
        )}
        <Link to="/" search={{ at: entry.at } as never} className="text-run underline">
          See everything at this moment
        </Link>
      </p>
    </div>
  );
}
