/** Where this token may decide: asked once for each channel, a few at a time. */
import type { Client, Readable } from "@signalbox/client";
import type { Checkpoint } from "@signalbox/client/steering";
import { type Cell, cell } from "../stores/readable.ts";
import { whoIs } from "./words.ts";

/** By channel; absent: not known yet. */
export type MayDecide = ReadonlyMap<string, boolean>;

const channelsMost = 500;
const askedAtOnce = 4;

interface Asked extends Readable<MayDecide> {
  want(channels: Iterable<string>): void;
}

const all = new WeakMap<Client, Asked>();

export function mayDecideOf(client: Client): Asked {
  const asked = all.get(client) ?? asking(client);
  all.set(client, asked);
  return asked;
}

function asking(client: Client): Asked {
  const known: Cell<MayDecide> = cell<MayDecide>(new Map());
  const wanted = new Set<string>();
  let running = 0;
  const next = async (): Promise<void> => {
    const [channel] = wanted;
    if (channel === undefined || running >= askedAtOnce) return;
    wanted.delete(channel);
    running++;
    try {
      const { approve } = await client.request<{ approve: boolean }>(
        `/v1/channels/${encodeURIComponent(channel)}/steering`,
      );
      known.set(new Map([...known.snapshot(), [channel, approve] as const].slice(-channelsMost)));
    } catch {
      // Not known: the gateway says it when somebody decides.
    }
    running--;
    void next();
  };
  return {
    snapshot: known.snapshot,
    subscribe: known.subscribe,
    want: (channels) => {
      for (const channel of channels) {
        if (known.snapshot().has(channel) || wanted.has(channel) || wanted.size >= channelsMost) continue;
        wanted.add(channel);
        void next();
      }
    },
  };
}

/** Why this person cannot decide it; `undefined`: as far as is known they can. */
export function barredBy(
  { requestedBy, notRequester }: Pick<Checkpoint, "requestedBy" | "notRequester">,
  me: string | undefined,
  mayDecide: boolean | undefined,
): string | undefined {
  if (mayDecide === false) return "This token may not decide here (it lacks the verb approve).";
  if (me !== undefined && notRequester && requestedBy === me) return "You asked this: somebody else has to decide it.";
  return undefined;
}

/** Why this person cannot be one more who approves; they may still deny. */
export function cannotApprove(
  { approvedBy }: Pick<Checkpoint, "approvedBy">,
  me: string | undefined,
): string | undefined {
  return me !== undefined && approvedBy.includes(me)
    ? "You approved this already: it takes another person."
    : undefined;
}

/** `1 of 2 approved, by ada`. */
export const approvedWords = ({ approvals, approvedBy }: Pick<Checkpoint, "approvals" | "approvedBy">): string => {
  const by = approvedBy.length > 0 ? `, by ${approvedBy.map(whoIs).join(" and ")}` : "";
  return `${approvedBy.length} of ${approvals} approved${by}`;
};
