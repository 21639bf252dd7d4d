/** One entry: what it says, and how it came to say it. */
import type { MemoryEntry, MemoryVersion } from "@signalbox/core/reducers";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { Badge } from "../components/badge.tsx";
import { Beside } from "../components/beside.tsx";
import { Button } from "../components/button.tsx";
import { Facts } from "../components/facts.tsx";
import { count } from "../components/figures.ts";
import { RelativeTime } from "../components/relative-time.tsx";
import { useClient } from "../stores/client.tsx";
import { toast } from "../stores/toasts.ts";
import { calm, calmLines } from "../text/visible.ts";
import { DiffView } from "./diff-view.tsx";
import { kindOf, nameOf, valueText } from "./memory-rows.ts";
import { writtenAt } from "./written.ts";

interface EntryDetailProps {
  session: string;
  entry: MemoryEntry;
  epoch: string | undefined;
  onClose: () => void;
}

export function EntryDetail({ session, entry, epoch, onClose }: EntryDetailProps) {
  const whole = useWhole(session, epoch);
  const inState = entry.size === undefined && !entry.deleted;
  const fetched = whole.shown?.version === entry.version ? whole.shown.text : undefined;
  return (
    <Beside title={calm(nameOf(entry))} onClose={onClose}>
      <Facts
        facts={[
          ["Kind", kindOf(entry)],
          ["Version", count(entry.version)],
          ["Written by", entry.author === undefined ? "nobody named" : calm(entry.author)],
          ["Written", <RelativeTime key="at" ms={entry.at} />],
        ]}
      />
      {entry.deleted ? (
        <p className="text-ink-2">It was forgotten. Its versions are below.</p>
      ) : (
        <Text text={fetched ?? valueText(entry.value)} />
      )}
      {!inState && !entry.deleted && fetched === undefined && (
        <p className="text-ink-2">
          Showing {count(valueText(entry.value).length)} of {count(entry.size ?? 0)} characters{" "}
          <Button className="ml-2 h-7" disabled={whole.asking} onClick={() => whole.ask(entry)}>
            {whole.asking ? "Asking for the whole value" : "Show the whole value"}
          </Button>
        </p>
      )}
      {entry.conflicts > 0 && (
        <p className="rounded-md bg-wait-soft px-3 py-2">
          {count(entry.conflicts)} {entry.conflicts === 1 ? "write" : "writes"} came too late and changed nothing
          {entry.lastConflict?.author !== undefined && `; the last was by ${calm(entry.lastConflict.author)}`}.
        </p>
      )}
      <section aria-label="Versions" className="flex flex-col gap-3">
        <h3 className="font-semibold">
          {entry.versions.length < entry.version
            ? `The last ${entry.versions.length} of ${count(entry.version)} versions`
            : "Versions"}
        </h3>
        <ol className="flex flex-col gap-3">
          {entry.versions.toReversed().map((version) => (
            <li
              key={version.version}
              data-version={version.version}
              className="flex flex-col gap-1.5 border-l-2 border-rule pl-3"
            >
              <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
                <strong>Version {count(version.version)}</strong>
                <span className="text-ink-2">
                  {version.author === undefined ? "nobody named" : calm(version.author)}
                </span>
                <span className="text-ink-3">
                  <RelativeTime ms={version.at} />
                </span>
                {version.deleted && <Badge tone="stop">forgotten</Badge>}
                <Link
                  to="/sessions/$id"
                  params={{ id: session }}
                  search={{ at: version.at }}
                  className="text-run hover:underline"
                >
                  Session then
                </Link>
              </p>
              <Change version={version} />
              {version.offset !== undefined && !version.deleted && (
                <div>
                  <Button look="quiet" className="h-7" disabled={whole.asking} onClick={() => whole.ask(version)}>
                    What it said
                  </Button>
                </div>
              )}
              {whole.shown?.version === version.version && version.version !== entry.version && (
                <Text text={whole.shown.text} />
              )}
            </li>
          ))}
        </ol>
      </section>
    </Beside>
  );
}

function Change({ version }: { version: MemoryVersion }) {
  if (version.diff !== undefined) return <DiffView diff={version.diff} />;
  return version.deleted ? null : <p className="text-xs text-ink-3">No earlier version to compare with.</p>;
}

/** More of one text makes a page slow; the export has all of it. */
const shownLength = 200_000;

const Text = ({ text }: { text: string }) => (
  <>
    <pre
      className="max-h-96 shrink-0 overflow-auto rounded-md bg-sunken p-3 font-mono text-xs whitespace-pre-wrap [overflow-wrap:anywhere]"
      data-testid="value"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
    >
      {calmLines(text.slice(0, shownLength))}
    </pre>
    {text.length > shownLength && (
      <p className="text-xs text-ink-3">
        Showing {count(shownLength)} of {count(text.length)} characters
      </p>
    )}
  </>
);

function useWhole(session: string, epoch: string | undefined) {
  const client = useClient();
  const [shown, setShown] = useState<{ version: number; text: string }>();
  const [asking, setAsking] = useState(false);
  const ask = ({ version, offset }: Pick<MemoryVersion, "version" | "offset">) => {
    if (offset === undefined || epoch === undefined) return;
    setAsking(true);
    writtenAt(client, `session:${session}`, epoch, offset)
      .then((value) => setShown({ version, text: valueText(value) }))
      .catch((error: unknown) =>
        toast(`The value could not be read: ${error instanceof Error ? error.message : error}`, "bad"),
      )
      .finally(() => setAsking(false));
  };
  return { shown, asking, ask };
}
