/** One connection: what it is sent, how far, and the ways to end it. */
import { useMemo, useState } from "react";
import { Button } from "../components/button.tsx";
import { Facts } from "../components/facts.tsx";
import { bytes, count } from "../components/figures.ts";
import { CloseIcon } from "../components/icons.tsx";
import { LampWord } from "../components/lamp.tsx";
import { Panel } from "../components/panel.tsx";
import { RelativeTime } from "../components/relative-time.tsx";
import { type Column, Table } from "../components/table.tsx";
import { useClient } from "../stores/client.tsx";
import { polled } from "../stores/polled.ts";
import { useReadable } from "../stores/use-readable.ts";
import { calm } from "../text/visible.ts";
import { EndDialog } from "./end-dialog.tsx";
import { type Connection, gradeLamp, gradeSays, nameOf, type Row } from "./fare.ts";

interface Interest {
  channel: string;
  kind: "events" | "pattern" | "states";
  patterns?: string[];
  epoch?: string;
  offset?: number;
  head?: number;
}

const everyMs = 2_000;
const shown = 100;
const behindBy = ({ offset = 0, head = 0 }: Interest): number => Math.max(0, head - offset);

const columns: ReadonlyArray<Column<Interest>> = [
  {
    name: "Channel",
    cell: ({ channel }) => (
      <span className="block max-w-72 truncate font-mono text-xs" title={calm(channel)}>
        {calm(channel)}
      </span>
    ),
  },
  {
    name: "Sent",
    cell: ({ kind, patterns }) =>
      kind === "events" ? `events${patterns === undefined ? "" : ` by ${calm(patterns.join(", "))}`}` : kind,
  },
  {
    name: "Position",
    wideOnly: true,
    cell: ({ epoch, offset }) => <span className="font-mono text-xs">{epoch && `${epoch}:${offset}`}</span>,
  },
  {
    name: "Behind",
    align: "right",
    cell: (one) =>
      one.kind !== "events" ? null : behindBy(one) > 0 ? (
        <span className="text-stop">{count(behindBy(one))}</span>
      ) : (
        "0"
      ),
  },
];

interface DetailsProps {
  id: string;
  /** As the list has it; undefined: it is not there. */
  row: Row | undefined;
  onClose: () => void;
  onChanged: () => void;
}

export function ConnectionDetails({ id, row, onClose, onChanged }: DetailsProps) {
  const client = useClient();
  const store = useMemo(
    () =>
      polled(
        (signal) =>
          client.request<Connection & { interests: Interest[] }>(`/v1/connections/${encodeURIComponent(id)}`, {
            signal,
          }),
        everyMs,
      ),
    [client, id],
  );
  const { answer, error } = useReadable(store);
  const [ending, setEnding] = useState<"end" | "revoke">();
  const isGone = error?.name === "not_found";
  return (
    <Panel
      title={answer === undefined ? "A connection" : `Connection of ${calm(nameOf(answer))}`}
      className="mx-4 md:mx-6"
      beside={
        <>
          {row && !isGone && <LampWord name={gradeLamp[row.grade]} word={row.grade} />}
          <span className="ml-auto flex gap-2">
            {answer && !isGone && (
              <>
                <Button onClick={() => setEnding("end")}>End it…</Button>
                <Button look="stop" onClick={() => setEnding("revoke")}>
                  Revoke…
                </Button>
              </>
            )}
            <Button look="quiet" aria-label="Close the details" onClick={onClose}>
              <CloseIcon />
            </Button>
          </span>
        </>
      }
    >
      {isGone && <p className="text-[13px] text-ink-2">It has ended. Its client may have come back as another one.</p>}
      {answer && !isGone && (
        <div data-testid="connection-details" className="flex flex-col gap-3">
          {row && <p className="text-[13px] text-ink-2">It {gradeSays[row.grade]}.</p>}
          <Facts
            facts={[
              ["Client", answer.client && calm(answer.client)],
              ["Came with", answer.by && calm(answer.by)],
              ["Transport", answer.transport],
              ["From", answer.address && calm(answer.address)],
              ["Node", calm(answer.node)],
              ["Since", <RelativeTime key="since" ms={answer.openedMs} />],
              ["On its way", `${bytes(answer.queuedBytes)} of ${bytes(answer.windowBytes)}`],
              ["Given", count(answer.given)],
              ["Left out", `${count(answer.dropped.coalesce)} coalesced, ${count(answer.dropped.latest)} gauges`],
            ]}
          />
          {answer.interests.length === 0 ? (
            <p className="text-[13px] text-ink-2">It has subscribed to nothing.</p>
          ) : (
            <div className="overflow-x-auto">
              <Table
                label="What it is sent"
                columns={columns}
                rows={answer.interests.slice(0, shown)}
                keyOf={({ channel, kind }) => `${kind} ${channel}`}
              />
            </div>
          )}
          {answer.interests.length > shown && (
            <p className="text-xs text-ink-2">
              Showing {shown} of {count(answer.interests.length)}
              {answer.interests.length === 1_000 && " or more"}: those that are behind come first.
            </p>
          )}
        </div>
      )}
      {answer && ending !== undefined && (
        <EndDialog
          connection={answer}
          revoke={ending === "revoke"}
          onClose={() => setEnding(undefined)}
          onEnded={() => {
            setEnding(undefined);
            store.refresh();
            onChanged();
          }}
        />
      )}
    </Panel>
  );
}
