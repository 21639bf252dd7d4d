/** How commands and their states are shown and spoken of. */
import type { CommandState } from "@signalbox/client";
import type { LampName } from "../fleet/condition.ts";
import type { Desk, Offer } from "./desk.ts";

export const commandLamp: Readonly<Record<CommandState, LampName>> = {
  sending: "unknown",
  queued: "queued",
  delivered: "idle",
  started: "running",
  done: "done",
  failed: "failed",
  expired: "lost",
  cancelled: "cancelled",
  refused: "stuck",
};

export const commandWord: Readonly<Record<CommandState, string>> = {
  sending: "Sending",
  queued: "Queued",
  delivered: "Delivered",
  started: "Started",
  done: "Done",
  failed: "Failed",
  expired: "Expired",
  cancelled: "Taken back",
  refused: "Refused",
};

const names: Readonly<Record<string, string>> = Object.assign(Object.create(null), {
  pause: "Pause",
  resume: "Resume",
  cancel: "Cancel",
  input: "Input",
  set_config: "Set config",
  restart: "Restart",
});

export const offerTitle = ({ name, title }: Pick<Offer, "name" | "title">): string => title ?? names[name] ?? name;

/** What the standard commands take (§10.5); of a process also whether that is all there will be. */
const agentInput = {
  type: "object",
  required: ["text"],
  properties: { text: { type: "string", title: "Text" } },
};
const processInput = {
  ...agentInput,
  properties: { ...agentInput.properties, eof: { type: "boolean", title: "Then end its input" } },
};

/** Processes understand these; agents whatever they declared, else all standard names. */
const ofProcesses = ["pause", "resume", "input", "cancel"];

/** The commands that are offered for a channel. */
export function offersOf(channel: string, { declared, commands }: Desk): readonly Offer[] {
  const isProcess = channel.startsWith("process:");
  const byName = (name: string) => commands.filter((one) => one.name === name);
  const offered = isProcess && !declared ? ofProcesses.flatMap(byName) : commands;
  return offered.map((offer) =>
    offer.name === "input" && offer.args === undefined
      ? { ...offer, args: isProcess ? processInput : agentInput }
      : offer,
  );
}

/** What is given of what was entered: to a process a line, ended as Enter ends it. */
export function argsFrom({ args }: Offer, entered: unknown): unknown {
  if (args !== processInput || typeof entered !== "object" || entered === null) return entered;
  const { text, eof }: { text?: unknown; eof?: unknown } = entered;
  const line = text === "" && eof === true ? {} : { text: `${text}\n` };
  return eof === true ? { ...line, eof } : line;
}

/** What a command needs before it is given. */
export function needs({ name, args, confirm }: Offer): "form" | "confirm" | "nothing" {
  const isForm = typeof args === "object" && args !== null && Object.keys(args).length > 0;
  const isEmpty =
    isForm &&
    "properties" in args &&
    typeof args.properties === "object" &&
    Object.keys(args.properties ?? {}).length === 0;
  if ((isForm && !isEmpty) || name === "set_config") return "form";
  return confirm || name === "cancel" || name === "restart" ? "confirm" : "nothing";
}

/** Why nothing can be given; `undefined`: it can. */
export function reasonAgainst(channel: string, desk: Desk, offers: readonly Offer[]): string | undefined {
  const kind = channel.startsWith("process:") ? "process" : "agent";
  if (offers.length === 0) return `This ${kind} says that it understands no commands.`;
  if (!offers.some(({ allowed }) => allowed))
    return "This token may not give commands here (it lacks the verb command).";
  if (desk.lease === undefined) return `Nobody is at work as this ${kind}: nobody would hear a command.`;
  return undefined;
}
