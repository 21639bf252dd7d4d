/** "Event received ✓", as it happens. */
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { count } from "../components/figures.ts";
import { CheckIcon } from "../components/icons.tsx";
import { RelativeTime } from "../components/relative-time.tsx";
import { useClient } from "../stores/client.tsx";
import { useReadable } from "../stores/use-readable.ts";
import { calm } from "../text/visible.ts";
import { type Arrival, arrivals } from "./arrivals.ts";

export function Arrived() {
  const client = useClient();
  const { newest, count: all, error } = useReadable(useMemo(() => arrivals(client), [client]));
  const [first] = newest;
  return (
    <section
      aria-label="What arrives"
      data-testid="arrived"
      className="flex flex-col gap-1 rounded-lg border border-rule bg-panel px-4 py-3"
    >
      {first === undefined ? (
        <p className="flex items-center gap-2 text-ink-2">
          <span aria-hidden="true" className="h-2.5 w-2.5 rounded-full border-2 border-idle" />
          {error === undefined ? "Listening: the first event that arrives is said here." : calm(error)}
        </p>
      ) : (
        <>
          <p role="status" className="flex items-center gap-2 font-semibold text-done">
            <CheckIcon />
            Event received
            <span className="font-normal text-ink-2">
              {all === 1 ? "since this page was opened" : `· ${count(all)} since this page was opened`}
            </span>
          </p>
          <ul className="flex flex-col text-[13px]">
            {newest.map((one) => (
              <li key={one.id} className="flex min-w-0 gap-2">
                <ChannelLink {...one} />
                <span className="truncate text-ink-2">{calm(one.type)}</span>
                <span className="ml-auto shrink-0 text-ink-3">
                  <RelativeTime ms={one.atMs} />
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

const placeOf = { agent: "/agents/$id", process: "/processes/$id", session: "/sessions/$id" } as const;

function ChannelLink({ channel }: Arrival) {
  const [namespace = "", ...rest] = channel.split(":");
  const id = rest.join(":");
  if (namespace !== "agent" && namespace !== "process" && namespace !== "session") return <span>{calm(channel)}</span>;
  return (
    <Link to={placeOf[namespace]} params={{ id }} className="min-w-0 truncate text-run underline" title={calm(channel)}>
      {calm(channel)}
    </Link>
  );
}
