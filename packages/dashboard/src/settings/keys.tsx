/** API keys: who may do what with them, made and revoked here; and who is refused. */
import { GatewayError } from "@signalbox/client";
import { useMemo, useState } from "react";
import { Button } from "../components/button.tsx";
import { count } from "../components/figures.ts";
import { LampWord } from "../components/lamp.tsx";
import { Panel } from "../components/panel.tsx";
import { Refusal } from "../components/refusal.tsx";
import { RelativeTime } from "../components/relative-time.tsx";
import { type Column, Table } from "../components/table.tsx";
import type { LampName } from "../fleet/condition.ts";
import { useClient } from "../stores/client.tsx";
import { polled } from "../stores/polled.ts";
import { toast } from "../stores/toasts.ts";
import { useReadable } from "../stores/use-readable.ts";
import { calm } from "../text/visible.ts";
import { NewKeyDialog } from "./new-key.tsx";
import { RevokeDialog } from "./revoke-dialog.tsx";
import { type KeyInfo, type KeyState, rightsText, stateOf } from "./rights.ts";

const everyMs = 5_000;
const shown = 200;
const lamps: Readonly<Record<KeyState, LampName>> = { works: "running", expired: "idle", revoked: "cancelled" };

export function KeysSection() {
  const client = useClient();
  const store = useMemo(
    () => polled((signal) => client.request<{ keys: KeyInfo[] }>("/v1/keys", { signal }), everyMs),
    [client],
  );
  const { answer, error } = useReadable(store);
  const [isMaking, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<KeyInfo>();
  if (answer === undefined && error !== undefined) return <Refusal what="see or make keys" error={error} />;
  const nowMs = Date.now();
  const keys = [...(answer?.keys ?? [])].reverse();
  const columns: ReadonlyArray<Column<KeyInfo>> = [
    {
      name: "Name",
      cell: ({ name, prefix }) => (
        <span className="block max-w-28 truncate md:max-w-64" title={calm(name)}>
          <span className="font-medium">{calm(name)}</span>{" "}
          <span className="font-mono text-xs text-ink-3">{prefix}…</span>
        </span>
      ),
    },
    { name: "May", cell: (key) => <span className="break-words">{calm(rightsText(key))}</span> },
    { name: "Made", wideOnly: true, cell: ({ createdAtMs }) => <RelativeTime ms={createdAtMs} /> },
    {
      name: "State",
      cell: (key) => {
        const state = stateOf(key, nowMs);
        const until =
          state === "works" && key.expiresAtMs !== undefined
            ? ` until ${new Date(key.expiresAtMs).toLocaleDateString("en-GB")}`
            : "";
        return <LampWord name={lamps[state]} word={`${state}${until}`} />;
      },
    },
    {
      name: "",
      align: "right",
      cell: (key) =>
        stateOf(key, nowMs) === "works" && (
          <Button className="h-7" aria-label={`Revoke ${calm(key.name)}`} onClick={() => setRevoking(key)}>
            Revoke…
          </Button>
        ),
    },
  ];
  return (
    <div className="flex flex-col gap-4">
      <Panel
        title="API keys"
        beside={
          <>
            <span className="text-xs text-ink-2">
              {answer === undefined
                ? "asking the gateway"
                : `${count(keys.filter((key) => stateOf(key, nowMs) === "works").length)} work; those that ended stay for 90 days`}
            </span>
            <Button look="strong" className="ml-auto" onClick={() => setMaking(true)}>
              Make a key…
            </Button>
          </>
        }
      >
        {keys.length === 0 && answer !== undefined ? (
          <p className="text-[13px] text-ink-2">
            None yet. A key is a token for one agent, runner or script, with rights of its own; everybody uses the admin
            token until there are some.
          </p>
        ) : (
          <div className="-mx-4 overflow-x-auto text-[13px]">
            <Table label="API keys" columns={columns} rows={keys.slice(0, shown)} keyOf={({ id }) => id} />
          </div>
        )}
        {keys.length > shown && (
          <p className="text-xs text-ink-2">
            Showing the newest {shown} of {count(keys.length)}: <code>signalbox keys list</code> has all.
          </p>
        )}
      </Panel>
      <Refused />
      {isMaking && <NewKeyDialog onClose={() => setMaking(false)} onMade={store.refresh} />}
      {revoking !== undefined && (
        <RevokeDialog
          info={revoking}
          onClose={() => setRevoking(undefined)}
          onDone={() => {
            setRevoking(undefined);
            store.refresh();
          }}
        />
      )}
    </div>
  );
}

interface Revocation {
  kind: string;
  id: string;
  atMs: number;
}

/** People and agents whose tokens are refused, whatever these say. */
function Refused() {
  const client = useClient();
  const store = useMemo(
    () => polled((signal) => client.request<{ revocations: Revocation[] }>("/v1/revocations", { signal }), everyMs),
    [client],
  );
  const { answer } = useReadable(store);
  const refused = answer?.revocations ?? [];
  if (refused.length === 0) return null;
  const restore = async ({ kind, id }: Revocation) => {
    try {
      await client.request(`/v1/revocations/${kind}/${encodeURIComponent(id)}`, { method: "DELETE" });
      toast(`${calm(`${kind}:${id}`)} may come in again.`);
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      toast(error.message, "bad");
    }
    store.refresh();
  };
  return (
    <Panel title="Refused" beside={<span className="text-xs text-ink-2">tokens made before then open nothing</span>}>
      <ul className="flex flex-col gap-1 text-[13px]">
        {refused.slice(0, shown).map((one) => (
          <li key={`${one.kind}:${one.id}`} className="flex flex-wrap items-center gap-3">
            <span className="min-w-0 font-medium break-words">{calm(`${one.kind}:${one.id}`)}</span>
            <span className="text-ink-2">
              <RelativeTime ms={one.atMs} />
            </span>
            <Button className="h-7" onClick={() => void restore(one)}>
              Let in again
            </Button>
          </li>
        ))}
      </ul>
      {refused.length > shown && (
        <p className="text-xs text-ink-2">
          Showing {shown} of {count(refused.length)}: <code>signalbox revoke --list</code> has all.
        </p>
      )}
    </Panel>
  );
}
