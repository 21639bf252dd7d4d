/** From an event of a Socket.IO client to what it asks for (S§4.6), or the rule that it breaks. Pure. */
import { isChannel, type Since } from "@signalbox/protocol";
import { isRecord, membersIn } from "../members.ts";
import { readSince } from "./positions.ts";
import { channelOfProcess } from "./rooms.ts";

export type Asked =
  | { do: "join"; processId: string; since: Since | undefined }
  | { do: "leave"; processId: string }
  | { do: "renew"; token: string };

export interface Broken {
  broken: string;
  rule: string;
}

const readers: ReadonlyMap<unknown, (args: readonly unknown[]) => Asked | Broken> = new Map<
  unknown,
  (args: readonly unknown[]) => Asked | Broken
>([
  ["subscribe-process", readJoin],
  ["unsubscribe-process", ([processId]) => (isProcess(processId) ? { do: "leave", processId } : badProcess)],
  [
    "auth-request",
    ([token]) => (typeof token === "string" ? { do: "renew", token } : { broken: "/0", rule: "must be a token" }),
  ],
]);

const names = [...readers.keys()].join(", ");

/** `name`: whatever stands first in the packet. */
export const readAsked = (name: unknown, args: readonly unknown[]): Asked | Broken =>
  readers.get(name)?.(args) ?? { broken: "/name", rule: `must be one of ${names}` };

const isProcess = (id: unknown): id is string => typeof id === "string" && isChannel(channelOfProcess(id));

const badProcess = { broken: "/0", rule: "must be the id of a process" };
const badSince = {
  broken: "/1/since",
  rule: 'must be a position such as "EPOCH:OFFSET", "earliest", "now" or {"last": 100}',
};

function readJoin([processId, options]: readonly unknown[]): Asked | Broken {
  if (!isProcess(processId)) return badProcess;
  if (options === undefined || options === null) return { do: "join", processId, since: undefined };
  if (!isRecord(options)) return { broken: "/1", rule: "must be an object" };
  const given = membersIn(options).value("since");
  if (given === undefined) return { do: "join", processId, since: undefined };
  const since = readSince(given);
  return since === undefined ? badSince : { do: "join", processId, since };
}
