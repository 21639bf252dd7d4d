/** What the token of this page may do, as the gateway says it. */
import { useMemo } from "react";
import { Refusal } from "../components/refusal.tsx";
import { type Column, Table } from "../components/table.tsx";
import { useClient } from "../stores/client.tsx";
import { polled } from "../stores/polled.ts";
import { useReadable } from "../stores/use-readable.ts";
import { calm } from "../text/visible.ts";

interface Info {
  rights: { verbs: Readonly<Record<string, readonly string[]>>; agentId?: string };
}

const says: Readonly<Record<string, string>> = {
  subscribe: "see what happens",
  history: "read what happened, and search it",
  publish: "say that something happened",
  presence: "be seen, and see who is there",
  command: "tell agents and processes what to do",
  approve: "decide what waits",
  admin: "keys, connections, the audit, and all else",
};

const columns: ReadonlyArray<Column<[string, readonly string[]]>> = [
  { name: "Verb", cell: ([verb]) => <code className="font-mono text-xs">{calm(verb)}</code> },
  { name: "To", wideOnly: true, cell: ([verb]) => <span className="text-ink-2">{says[verb]}</span> },
  {
    name: "With",
    cell: ([, channels]) => (
      <code className="font-mono text-xs break-all">
        {channels.length === 1 && channels[0] === "*" ? "every channel" : calm(channels.join(", "))}
      </code>
    ),
  },
];

export function MyRights() {
  const client = useClient();
  const { answer, error } = useReadable(useMemo(() => polled(() => client.request<Info>("/v1/info")), [client]));
  if (answer === undefined) return error === undefined ? null : <Refusal what="say what you may do" error={error} />;
  const { verbs, agentId } = answer.rights;
  const rows = Object.entries(verbs);
  return (
    <>
      {rows.length === 0 ? (
        <p className="text-[13px] text-ink-2">This token may do nothing here: ask whoever made it for another.</p>
      ) : (
        <Table label="What you may do" rows={rows} keyOf={([verb]) => verb} columns={columns} />
      )}
      {agentId !== undefined && (
        <p className="text-[13px] text-ink-2">
          It speaks as the agent {calm(agentId)}: it publishes to no other agent's channel.
        </p>
      )}
    </>
  );
}
