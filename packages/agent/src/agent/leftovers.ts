/** What earlier processes of an agent could not send: it goes first, under a name of its own. */

import { basename } from "node:path";
import type { Client } from "@signalbox/client";
import type { Asker } from "../ask.ts";
import type { Clock } from "../clock.ts";
import { unlease } from "../newest-kept.ts";
import { Outbox } from "../outbox.ts";
import { thisOwner } from "../owner.ts";
import { Spool } from "../spool.ts";
import { listSpools } from "../spool-root.ts";

/** Spools of ended processes whose directory's name begins so, oldest first; they are ours from here on. */
export function adoptLeftovers(root: string, prefix: string, clock: Clock): Spool[] {
  return listSpools(root)
    .filter(({ directory, inUse }) => !inUse && basename(directory).startsWith(prefix))
    .flatMap(({ directory }) => Spool.adopt(directory, thisOwner(), clock) ?? []);
}

/** Sends them one after the other. The agent's lease must be in a newer epoch. What is left when `leave` fires stays on disk. */
export async function sendLeftovers(
  spools: readonly Spool[],
  asker: Asker & { client: Pick<Client, "fetch"> },
  leave: AbortSignal,
): Promise<void> {
  const { client, clock, random } = asker;
  for (const spool of spools) {
    await unlease(spool, client, { clock, random }, leave);
    if (leave.aborted) spool.close();
    else await new Outbox(spool, client, { clock, random }).settle(leave);
  }
}
