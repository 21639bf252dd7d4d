/**
 * `@signalbox/client/steering`: what agents ask people and what they are told, as lists of what is open, and deciding.
 * Programs that do not import it do not load it; giving commands is in the whole client.
 */

import { type Checkpoint, checkpointAfter, checkpointTypes, type Decision } from "./checkpoint-steps.ts";
import { type CommandRow, commandAfter, commandTypes, hasEnded } from "./command-steps.ts";
import { insistence } from "./insist.ts";
import { type Listed, OpenList, type OpenView } from "./open-list.ts";
import { clockOf } from "./passenger.ts";
import type { Client, Readable } from "./types.ts";

export type { Checkpoint, Decision } from "./checkpoint-steps.ts";
export type { OpenView } from "./open-list.ts";

type Listing = Pick<Client, "watch" | "request" | "ride">;

/** The open checkpoints that the token may see, of all channels or of a pattern; kept up while somebody listens. */
export const approvals = (client: Listing, pattern = "*"): Readable<OpenView<Checkpoint>> =>
  shared(client, sharedApprovals, checkpoints, pattern);

/** The open commands of a channel or pattern that the token may see; kept up while somebody listens. */
export const commands = (client: Listing, target: string): Readable<OpenView<CommandRow>> =>
  shared(client, sharedCommands, given, target);

/**
 * Decides a checkpoint, also over a link that comes and goes. Resolves with it as it stands then: still open where more
 * people must approve. Rejects with a GatewayError: `already_decided {decision, decidedBy, decidedAt}` if somebody was
 * first, `payload_changed`, `forbidden` …
 */
export async function decide(
  client: Pick<Client, "publish" | "request" | "ride" | "link">,
  checkpointId: string,
  decision: Decision,
): Promise<Checkpoint> {
  // Published, it is sent until there is an answer, and sent twice it is one decision.
  await client.publish({ type: "checkpoint_decided", data: { checkpointId, ...decision } });
  const insist = insistence(
    { clock: clockOf(client), random: Math.random },
    () => client.link.snapshot().state === "stopped",
  );
  return insist(() => client.request<Checkpoint>(`/v1/checkpoints/${checkpointId}`));
}

const checkpoints: Listed<Checkpoint> = {
  name: "checkpoints",
  by: "channel",
  types: checkpointTypes,
  idOf: ({ checkpointId }) => checkpointId,
  atMs: ({ requestedAt }) => requestedAt,
  isOpen: ({ state }) => state === "open",
  after: checkpointAfter,
};

const given: Listed<CommandRow> = {
  name: "commands",
  by: "target",
  types: commandTypes,
  idOf: ({ commandId }) => commandId,
  atMs: ({ issuedAt = 0 }) => issuedAt,
  isOpen: (row) => !hasEnded(row),
  after: commandAfter,
};

type Shared<Row> = WeakMap<object, Map<string, OpenList<Row>>>;
const sharedApprovals: Shared<Checkpoint> = new WeakMap();
const sharedCommands: Shared<CommandRow> = new WeakMap();

/** One client has one list for each name. */
function shared<Row>(client: Listing, all: Shared<Row>, kind: Listed<Row>, pattern: string): OpenList<Row> {
  const lists = all.get(client) ?? new Map<string, OpenList<Row>>();
  all.set(client, lists);
  const list = lists.get(pattern) ?? new OpenList(client, kind, pattern);
  lists.set(pattern, list);
  return list;
}
