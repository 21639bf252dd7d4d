/** One alert: what, where, how often, who has seen it; and what can be done about it. */
import type { AlertRow } from "@signalbox/core/reducers";
import { alertStateOf } from "@signalbox/core/reducers";
import { Link } from "@tanstack/react-router";
import { Badge } from "../components/badge.tsx";
import { Button } from "../components/button.tsx";
import { count, duration } from "../components/figures.ts";
import { RelativeTime } from "../components/relative-time.tsx";
import { calm } from "../text/visible.ts";
import { Hours } from "./hours.tsx";
import { kindWord, placeOf, severityOf, severityWord, stateWord } from "./words.ts";

const tones = { critical: "stop", warning: "wait", info: "plain" } as const;
const hourMs = 3_600_000;

interface AlertCardProps {
  row: AlertRow;
  nowMs: number;
  onAcknowledge: (row: AlertRow) => void;
  onMute: (row: AlertRow, forMs: number | undefined) => void;
}

export function AlertCard({ row, nowMs, onAcknowledge, onMute }: AlertCardProps) {
  const { kind, source, cause, firstAt, updatedAt, acknowledged, muted, resolvedAt } = row;
  const severity = severityOf(row.severity);
  const state = alertStateOf(row, nowMs);
  return (
    <li
      className="flex flex-wrap items-start gap-x-4 gap-y-2 border-b border-rule px-4 py-3 md:px-6"
      data-alert={row.alertId}
    >
      <span className="w-18 pt-0.5">
        <Badge tone={tones[severity]}>{severityWord[severity]}</Badge>
      </span>
      <div className="flex min-w-0 flex-1 basis-64 flex-col gap-0.5">
        <h2 className="flex flex-wrap items-baseline gap-x-2 text-sm font-semibold">
          {calm(kindWord(kind))}
          <span className="min-w-0 truncate text-[13px] font-normal text-ink-2" title={calm(cause)}>
            {kindWord(kind).toLowerCase().endsWith(cause.toLowerCase()) ? "" : calm(cause)}
          </span>
        </h2>
        <p className="flex flex-wrap gap-x-3 text-[13px] text-ink-2">
          <Source source={source} />
          <span>
            {count(row.count)} {row.count === 1 ? "time" : "times"}, last <RelativeTime ms={updatedAt} />
            {firstAt !== updatedAt && (
              <>
                , first <RelativeTime ms={firstAt} />
              </>
            )}
          </span>
          <Moment source={source} at={updatedAt} />
        </p>
        <p className="text-xs text-ink-3" data-testid="alert-state">
          {stateWord[state]}
          {state === "acknowledged" && acknowledged && (
            <>
              {" "}
              by {calm(acknowledged.by)} <RelativeTime ms={acknowledged.at} />
            </>
          )}
          {state === "muted" && muted && ` by ${calm(muted.by)} for ${duration(muted.until - nowMs)} more`}
          {resolvedAt !== undefined && state !== "over" && ", over"}
          {resolvedAt !== undefined && (
            <>
              {" "}
              since <RelativeTime ms={resolvedAt} />
            </>
          )}
        </p>
      </div>
      <Hours hours={row.hours} updatedAt={updatedAt} nowMs={nowMs} />
      <div className="flex gap-1.5">
        {state !== "acknowledged" && (
          <Button className="h-7" onClick={() => onAcknowledge(row)}>
            Acknowledge
          </Button>
        )}
        {state === "muted" ? (
          <Button className="h-7" look="quiet" onClick={() => onMute(row, undefined)}>
            Unmute
          </Button>
        ) : (
          <Button
            className="h-7"
            look="quiet"
            title="Not shown as open for an hour"
            onClick={() => onMute(row, hourMs)}
          >
            Mute 1 h
          </Button>
        )}
      </div>
    </li>
  );
}

function Source({ source }: { source: string }) {
  const place = placeOf(source);
  const className = "max-w-72 truncate font-mono text-xs leading-5";
  if (!place) {
    return (
      <span className={className} title={calm(source)}>
        {calm(source)}
      </span>
    );
  }
  return (
    <Link
      to={place.to}
      params={{ id: place.id }}
      className={`${className} text-run hover:underline`}
      title={calm(source)}
    >
      {calm(source)}
    </Link>
  );
}

/** The view of its source as it was then. */
function Moment({ source, at }: { source: string; at: number }) {
  const place = placeOf(source);
  if (!place) return null;
  return (
    <Link to={place.to} params={{ id: place.id }} search={{ at } as never} className="text-run hover:underline">
      as it was then
    </Link>
  );
}
