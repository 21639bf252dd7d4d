/** A browser that an agent uses: its newest picture, how old it is, who watches and who drives. */

import { useParams } from "@tanstack/react-router";
import { useMemo } from "react";
import { Badge } from "../components/badge.tsx";
import { EmptyState } from "../components/empty-state.tsx";
import { Facts } from "../components/facts.tsx";
import { Fault } from "../components/fault.tsx";
import { bytes, count, duration } from "../components/figures.ts";
import { PageHead } from "../components/page.tsx";
import { RelativeTime } from "../components/relative-time.tsx";
import { useClient } from "../stores/client.tsx";
import { useNow } from "../stores/clock.ts";
import { useReadable } from "../stores/use-readable.ts";
import { calm } from "../text/visible.ts";
import { DrivePanel } from "./drive-panel.tsx";
import { HowToPublish } from "./how-to-publish.tsx";
import { openViewport, type ViewportView } from "./viewport.ts";

export function BrowserPage() {
  const { id } = useParams({ from: "/browsers/$id" });
  return <Watched key={id} id={id} />;
}

function Watched({ id }: { id: string }) {
  const client = useClient();
  const channel = `browser:${id}`;
  const viewport = useMemo(() => openViewport(client, channel), [client, channel]);
  const view = useReadable(viewport);
  const { frame, fault, error, status } = view;
  return (
    <>
      <PageHead title={calm(id)}>{frame && <Age at={frame.at} />}</PageHead>
      <div className="grid min-h-0 flex-1 grid-cols-[minmax(0,1fr)] content-start gap-4 overflow-y-auto px-4 pb-4 md:px-6 lg:grid-cols-[minmax(0,1fr)_18rem]">
        <div className="flex min-w-0 flex-col gap-3">
          {frame && (
            <p className="min-w-0 truncate text-[13px]" title={calm(frame.url)}>
              <span className="font-medium">{calm(frame.title)}</span>{" "}
              <span className="font-mono text-xs text-ink-2">{calm(frame.url)}</span>
            </p>
          )}
          <canvas
            ref={viewport.drawOn}
            role="img"
            aria-label={frame ? `The newest picture of ${calm(id)}` : "No picture yet"}
            data-testid="frame"
            data-offset={frame?.offset}
            className={
              frame ? "max-h-[70dvh] max-w-full self-start rounded-md border border-rule object-contain" : "hidden"
            }
          />
          {fault !== undefined && (
            <p role="alert" className="rounded-md bg-stop-soft px-3 py-2 text-[13px]" data-testid="frame-fault">
              <strong className="text-stop">The newest frame is not shown.</strong> {calm(fault)}
            </p>
          )}
          {error !== undefined && (
            <p className="text-[13px]">
              <Fault text={error} />
            </p>
          )}
          {frame ? (
            <FrameFacts view={view} frame={frame} />
          ) : (
            fault === undefined &&
            error === undefined && (
              <EmptyState
                title={
                  status === "live" ? "No picture of this browser has come" : "Asking the gateway for its pictures"
                }
              >
                {status === "live" && <HowToPublish id={id} />}
              </EmptyState>
            )
          )}
        </div>
        <div className="flex flex-col gap-4">
          <DrivePanel channel={channel} />
        </div>
      </div>
    </>
  );
}

/** Older than this a picture may not be what the browser shows now. */
const staleMs = 5_000;

function Age({ at }: { at: number }) {
  const age = useNow() - at;
  return (
    <Badge tone={age > staleMs ? "wait" : "run"}>
      {age > staleMs ? `frame ${duration(Math.floor(age / 1_000) * 1_000)} old` : "live"}
    </Badge>
  );
}

function FrameFacts({ view, frame }: { view: ViewportView; frame: NonNullable<ViewportView["frame"]> }) {
  const { received, drawn } = view;
  return (
    <Facts
      facts={[
        ["Size", `${count(frame.width)} × ${count(frame.height)}, ${bytes(frame.bytes)}`],
        ["Taken", <RelativeTime key="at" ms={frame.at} />],
        ["Frames", `${count(drawn)} drawn of ${count(received)} that came`],
      ]}
    />
  );
}
