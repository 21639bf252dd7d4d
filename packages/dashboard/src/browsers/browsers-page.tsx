/** Browsers that agents use: which there are, how fresh their pictures are, who watches. */

import { Link } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { EmptyState } from "../components/empty-state.tsx";
import { Fault } from "../components/fault.tsx";
import { bytes, count } from "../components/figures.ts";
import { PageHead } from "../components/page.tsx";
import { RelativeTime } from "../components/relative-time.tsx";
import { type Column, Table } from "../components/table.tsx";
import { useStep } from "../fleet/use-fleet.ts";
import { useClient } from "../stores/client.tsx";
import { calm } from "../text/visible.ts";
import { HowToPublish } from "./how-to-publish.tsx";

interface Channel {
  channel: string;
  offset: number;
  bytes: number;
  updatedMs: number;
  subscribers: number;
}

interface Listed {
  channels: readonly Channel[];
  /** There are more. */
  next?: string;
}

const shownMost = 200;

const idOf = ({ channel }: Channel): string => channel.slice("browser:".length);

const columns: ReadonlyArray<Column<Channel>> = [
  {
    name: "Browser",
    cell: (one) => (
      <Link
        to="/browsers/$id"
        params={{ id: idOf(one) }}
        className="block max-w-[40ch] truncate font-medium hover:underline"
      >
        <span title={calm(idOf(one))}>{calm(idOf(one))}</span>
      </Link>
    ),
  },
  { name: "Events", cell: ({ offset }) => count(offset), align: "right" },
  { name: "Kept", cell: (one) => bytes(one.bytes), align: "right", wideOnly: true },
  { name: "Watching", cell: ({ subscribers }) => count(subscribers), align: "right" },
  { name: "Last event", cell: ({ updatedMs }) => <RelativeTime ms={updatedMs} />, align: "right" },
];

export function BrowsersPage() {
  const { listed, error } = useBrowsers();
  const channels = listed?.channels ?? [];
  return (
    <>
      <PageHead title="Browsers" />
      {channels.length === 0 ? (
        <EmptyState title={error ?? (listed ? "No browsers yet" : "Asking the gateway for its browsers")}>
          {listed && <HowToPublish id="b1" />}
        </EmptyState>
      ) : (
        <>
          <section
            aria-label="Browsers"
            // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
            tabIndex={0}
            className="min-h-0 flex-1 overflow-auto border-t border-rule bg-panel"
          >
            <Table label="Browsers" columns={columns} rows={channels} keyOf={({ channel }) => channel} />
          </section>
          <footer className="flex min-h-9 shrink-0 flex-wrap items-center gap-x-4 border-t border-rule px-4 text-[13px] text-ink-3 md:px-6">
            Showing {count(channels.length)}
            {listed?.next !== undefined && ", the first by name: there are more"} · asked for every 5 s
            {error !== undefined && <Fault text={error} />}
          </footer>
        </>
      )}
    </>
  );
}

/** The list alone: to watch all of them would bring every picture. */
function useBrowsers(): { listed: Listed | undefined; error: string | undefined } {
  const client = useClient();
  const step = useStep();
  const [found, setFound] = useState<{ listed: Listed | undefined; error: string | undefined }>({
    listed: undefined,
    error: undefined,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked again with each step
  useEffect(() => {
    const ended = new AbortController();
    const path = `/v1/channels?pattern=${encodeURIComponent("browser:*")}&limit=${shownMost}`;
    client.request<Listed>(path, { signal: ended.signal }).then(
      (listed) => setFound({ listed, error: undefined }),
      (error: unknown) => {
        if (!ended.signal.aborted)
          setFound(({ listed }) => ({ listed, error: error instanceof Error ? calm(error.message) : "" }));
      },
    );
    return () => ended.abort();
  }, [client, step]);
  return found;
}
