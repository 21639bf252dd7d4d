/** From events and gaps to what a Socket.IO client is sent (S§4.5). Pure. */
import { type CloseName, closeCodes, type ErrorData, type Gap, type Message, mayReconnect } from "@signalbox/protocol";
import { isoTime } from "../iso-time.ts";
import { type Members, membersIn } from "../members.ts";
import { processIn } from "./rooms.ts";

export interface Told {
  name: string;
  argument: Record<string, unknown>;
}

/** What it looks like, without its time. `room`: the process whose room it comes in. */
type Shape = (data: Members, room: string | undefined) => Record<string, unknown>;

const process: Shape = (data, room) => ({ processId: data.text("processId") ?? room, ...data.all });
const whole: Shape = (data) => data.all;

const shapes: ReadonlyMap<string, { name: string; shape: Shape }> = new Map([
  ["process_started", { name: "process-started", shape: process }],
  ["process_stopped", { name: "process-stopped", shape: process }],
  [
    "process_output",
    {
      name: "process-output",
      shape: (data, room) => ({ processId: data.text("processId") ?? room, output: data.text("output") ?? "" }),
    },
  ],
  ["process_error", { name: "process-error", shape: process }],
  [
    "task_assigned",
    {
      name: "task-assigned",
      shape: (data) => ({ taskId: data.value("taskId"), status: data.text("status") ?? "queued" }),
    },
  ],
  ["task_completed", { name: "task-completed", shape: (data) => ({ status: "done", ...data.all }) }],
  ["system_alert", { name: "system-alert", shape: whole }],
]);

/** Types of the events that have a name here. */
export const roomTypes: readonly string[] = [...shapes.keys()];
/** Those that are for everybody. */
export const sharedTypes: readonly string[] = ["task_assigned", "task_completed", "system_alert"];

/** `undefined`: it has no name here. */
export function toldOf({ type, timestamp, data }: Message, channel: string): Told | undefined {
  const known = shapes.get(type);
  if (known === undefined) return undefined;
  const argument = { ...known.shape(membersIn(data), processIn(channel)), timestamp: isoTime(timestamp) };
  return { name: known.name, argument };
}

export function toldGap(channel: string, { reason, from, to, counts }: Gap, timestamp: number): Told {
  const processId = processIn(channel);
  return {
    name: "gap",
    argument: {
      channel,
      ...(processId === undefined ? {} : { processId }),
      reason,
      from,
      ...(to === undefined ? {} : { to }),
      ...(counts === undefined ? {} : { counts }),
      timestamp: isoTime(timestamp),
    },
  };
}

/** Why a connection ends, in the form of an error. */
export function endOf(
  code: CloseName,
): { name: CloseName; number: number } & Pick<ErrorData, "message" | "temporary" | "help"> {
  const { number, help } = closeCodes[code];
  return { name: code, number, message: help, temporary: mayReconnect(number), help };
}

/** A Socket.IO packet: an event of the namespace `/` with these arguments. */
export const packetOf = (name: string, ...args: unknown[]): string => `2${JSON.stringify([name, ...args])}`;

/** The same packet with one argument more. */
export const withArgument = (packet: string, argument: unknown): string =>
  `${packet.slice(0, -1)},${JSON.stringify(argument)}]`;
