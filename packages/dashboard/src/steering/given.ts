/** Commands that this page gave: each is followed until it ends, whatever view is open. */
import type { Client, CommandRow } from "@signalbox/client";
import { gatewayNow } from "../stores/gateway-clock.ts";
import { type Cell, cell } from "../stores/readable.ts";

/** By target, newest first. */
export const given: Cell<ReadonlyMap<string, readonly CommandRow[]>> = cell<ReadonlyMap<string, readonly CommandRow[]>>(
  new Map(),
);

/** Of one target. */
const keptMost = 20;

export function give(client: Client, target: string, name: string, args: unknown): void {
  const issuedAt = gatewayNow();
  const handle = client.command(target, name, args);
  const show = () => {
    const all = new Map(given.snapshot());
    const others = (all.get(target) ?? []).filter((one) => one.commandId !== handle.commandId);
    const rows = handle.snapshot().commands.map((row) => ({ issuedAt, ...row }));
    all.set(target, [...rows, ...others].sort(newestFirst).slice(0, keptMost));
    given.set(all);
  };
  show();
  const stop = handle.subscribe(show);
  const end = () => {
    stop();
    show();
  };
  handle.ended.then(end, end);
}

const newestFirst = (a: CommandRow, b: CommandRow): number => (b.issuedAt ?? 0) - (a.issuedAt ?? 0);

/** Takes a command back, whoever gave it. Rejects with why it is too late. */
export async function takeBack(client: Client, { commandId }: CommandRow): Promise<void> {
  await client.request(`/v1/commands/${commandId}/cancel`, { method: "POST", body: {} });
}

/** What is shown of a channel's commands: what this page gave, and what others did. */
export function merged(own: readonly CommandRow[], others: readonly CommandRow[]): readonly CommandRow[] {
  const ids = new Set(own.map(({ commandId }) => commandId));
  return [...own, ...others.filter(({ commandId }) => !ids.has(commandId))].sort(newestFirst);
}
