/** Times as people think of them, the exact one on hover. */
import { useNow } from "../stores/clock.ts";
import { ago, duration, moment } from "./figures.ts";

/** `3 m ago`. */
export function RelativeTime({ ms }: { ms: number }) {
  const now = useNow();
  if (ms <= 0) return <span>never</span>;
  return (
    <time dateTime={new Date(ms).toISOString()} title={moment(ms)}>
      {ago(now - ms)}
    </time>
  );
}

/** How long it has run, or ran. */
export function Elapsed({ from, to }: { from: number; to: number | undefined }) {
  return to === undefined ? <Running from={from} /> : <Exact from={from} to={to} now={to} />;
}

function Running({ from }: { from: number }) {
  return <Exact from={from} to={undefined} now={useNow()} />;
}

function Exact({ from, to, now }: { from: number; to: number | undefined; now: number }) {
  const title = `${moment(from)} – ${to === undefined ? "now" : moment(to)}`;
  const ms = to === undefined ? Math.floor((now - from) / 1_000) * 1_000 : now - from;
  return <time title={title}>{duration(ms)}</time>;
}
