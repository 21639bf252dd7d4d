/** Histories made by hand: a good one with a bit of everything, to be spoilt in one place. */
import type {
  FinalCheckpoint,
  FinalCommand,
  FinalEvent,
  HistoryRecord,
  Invoke,
  Said,
} from "../../../src/history/index.ts";

type Data = Record<string, unknown>;
type Mutable<Value> = { -readonly [Name in keyof Value]: Value[Name] };

const startMs = Date.UTC(2026, 0, 1);
const epoch = "e1";

export class Story {
  records: HistoryRecord[] = [];
  readonly commands = new Map<string, Mutable<FinalCommand>>();
  readonly checkpoints = new Map<string, Mutable<FinalCheckpoint>>();
  readonly channels = new Map<string, Mutable<FinalEvent>[]>();
  /** When the final history is read, after the beginning. */
  endMs = 60_000;
  /** A channel, and the oldest offset that is kept of it. */
  trimmed: [channel: string, floor: number] | undefined;
  readonly #counts = new Map<string, number>();
  #nowMs = 0;
  #made = 0;

  /** A process writes a record. */
  says(process: string, said: Said): HistoryRecord {
    const n = (this.#counts.get(process) ?? 0) + 1;
    this.#counts.set(process, n);
    this.#nowMs += 1;
    const stamp = { seed: 1, process, n, steadyMs: this.#nowMs, wallMs: startMs + this.#nowMs };
    const record = { ...said, ...stamp } as HistoryRecord;
    this.records.push(record);
    return record;
  }

  /** An attempt; what the processes of an agent call themselves is before the dot. */
  asks(process: string, op: Invoke["op"], type: string, more: Partial<Invoke>): Invoke {
    const by = `user:${process.split(".")[0]}`;
    const attempt = `${process}-${++this.#made}`;
    const data = more.data ?? {};
    const invoke: Invoke = { what: "invoke", op, attempt, type, channel: "agent:a", by, ...more, data };
    this.says(process, invoke);
    return invoke;
  }

  /** The gateway keeps an event. */
  keeps(channel: string, type: string, data: Data, id: string, byGateway = false): FinalEvent {
    const events = this.channels.get(channel) ?? [];
    this.channels.set(channel, events);
    const event = { channel, epoch, offset: events.length + 1, id, type, data, byGateway };
    events.push(event);
    return event;
  }

  /** Asked, kept and answered. */
  does(process: string, op: Invoke["op"], type: string, more: Partial<Invoke>): { invoke: Invoke; event: FinalEvent } {
    const invoke = this.asks(process, op, type, more);
    const stamps = op === "decide" ? { decidedBy: invoke.by } : {};
    const event = this.keeps(invoke.channel, type, { ...invoke.data, ...stamps }, invoke.id ?? `event-${this.#made}`);
    this.grants(process, invoke, event);
    return { invoke, event };
  }

  /** A note is published, and got by a viewer. */
  shows(viewer: string, id: string): void {
    const { event } = this.does("publisher", "publish", "note", { id, channel: "workflow:w" });
    this.sees(viewer, event);
  }

  sees(viewer: string, { channel, epoch, offset, id }: Pick<FinalEvent, "channel" | "epoch" | "offset" | "id">): void {
    this.says("viewers", { what: "seen", viewer, channel, epoch, offset, id });
  }

  /** A viewer is told what is not coming; without `to`: that the channel begins anew. */
  misses(viewer: string, epoch: string, from: number, to?: number): void {
    const reason = to === undefined ? "epoch_changed" : "slow";
    const gap = { what: "gap", viewer, channel: "workflow:w", reason, epoch, from } as const;
    this.says("viewers", to === undefined ? gap : { ...gap, to });
  }

  grants(process: string, { attempt }: Invoke, { offset }: FinalEvent, duplicate = false): void {
    this.says(process, { what: "ok", attempt, epoch, offset, duplicate });
  }

  refuses(process: string, { attempt }: Invoke, error: string, details: Data): void {
    this.says(process, { what: "refused", attempt, error, details });
  }

  gives(commandId: string, ttlMs = 600_000): void {
    const data = { commandId, target: "agent:a", name: "work", args: { n: 1 } };
    this.does("giver", "give", "command_queued", { id: commandId, subject: commandId, data });
    this.commands.set(commandId, { commandId, state: "queued", expiresAt: startMs + this.#nowMs + ttlMs });
  }

  starts(process: string, commandId: string): void {
    this.does(process, "start", "command_started", { ...step(commandId), id: `${commandId} by ${process}` });
    this.#become(commandId, "started");
  }

  carriesOut(process: string, id: string): void {
    this.says(process, { what: "begin", of: "command", id });
    this.says(`${process}.deeds`, { what: "effect", of: "command", id });
  }

  finishes(process: string, id: string): void {
    this.says(process, { what: "end", of: "command", id });
    this.does(process, "end", "command_done", { ...step(id), id: `${id} is done` });
    this.#become(id, "done");
  }

  /** The gateway says that the doer was cut off. */
  interrupts(commandId: string): void {
    const data = { commandId, code: "interrupted" };
    this.keeps("agent:a", "command_failed", data, `${commandId} interrupted`, true);
    this.#become(commandId, "failed", "interrupted");
  }

  expires(commandId: string): void {
    this.keeps("agent:a", "command_expired", { commandId }, `${commandId} expired`, true);
    this.#become(commandId, "expired");
  }

  requires(process: string, checkpointId: string): void {
    const data = { checkpointId, checkpointData: { job: checkpointId } };
    this.does(process, "ask", "checkpoint_required", { ...about(checkpointId), id: checkpointId, data });
    const deadline = startMs + this.#nowMs + 30_000;
    this.checkpoints.set(checkpointId, { checkpointId, state: "open", deadline });
  }

  decides(who: string, checkpointId: string, decision: string): Invoke {
    const data = { checkpointId, decision };
    const id = `${who} on ${checkpointId}`;
    const { invoke } = this.does(who, "decide", "checkpoint_decided", { ...about(checkpointId), id, data });
    Object.assign(this.checkpoints.get(checkpointId) ?? {}, { state: "decided", decision, decidedBy: invoke.by });
    return invoke;
  }

  /** Comes too late, and is told who was first. */
  isTooLate(who: string, checkpointId: string, decision: string): void {
    const invoke = this.asks(who, "decide", "checkpoint_decided", {
      ...about(checkpointId),
      id: `${who} on ${checkpointId}`,
      data: { checkpointId, decision },
    });
    const { decision: stands, decidedBy } = this.checkpoints.get(checkpointId) ?? {};
    this.refuses(who, invoke, "already_decided", { decision: stands, decidedBy });
  }

  reads(process: string, id: string): void {
    const { state = "", decision = "", decidedBy = "" } = this.checkpoints.get(id) ?? {};
    this.says(process, { what: "told", of: "checkpoint", id, state, decision, decidedBy });
  }

  actsOn(process: string, id: string): void {
    this.says(process, { what: "begin", of: "checkpoint", id });
    this.says(`${process}.deeds`, { what: "effect", of: "checkpoint", id });
    this.says(process, { what: "end", of: "checkpoint", id });
    const data = { checkpointId: id, decision: "approve" };
    this.does(process, "apply", "checkpoint_applied", { ...about(id), id: `${id} applied`, data });
  }

  get final() {
    const channels = [...this.channels].map(([channel, events]) => ({ channel, epoch, floor: 1, events }));
    if (this.trimmed !== undefined)
      channels.push({ channel: this.trimmed[0], epoch, floor: this.trimmed[1], events: [] });
    return {
      wallMs: startMs + this.endMs,
      channels,
      commands: [...this.commands.values()],
      checkpoints: [...this.checkpoints.values()],
    };
  }

  /** Takes kept events away, and closes up. */
  forgets(channel: string, isForgotten: (event: FinalEvent) => boolean): void {
    const events = (this.channels.get(channel) ?? []).filter((event) => !isForgotten(event));
    for (const [index, event] of events.entries()) event.offset = index + 1;
    this.channels.set(channel, events);
  }

  event(channel: string, id: string): Mutable<FinalEvent> {
    const found = this.channels.get(channel)?.find((event) => event.id === id);
    if (found === undefined) throw new Error(`no ${id} in ${channel}`);
    return found;
  }

  #become(commandId: string, state: string, code?: string): void {
    Object.assign(this.commands.get(commandId) ?? {}, { state, ...(code === undefined ? {} : { code }) });
  }
}

export const step = (commandId: string) => ({ subject: commandId, data: { commandId } });
export const about = (checkpointId: string) => ({ subject: checkpointId, channel: "execution:a" });

/** Every way in which things may go well. */
export function goodStory(): Story {
  const story = new Story();
  // Published, with the first answer lost.
  const note = { id: "n1", channel: "workflow:w", data: { text: "hello" } };
  const unsure = story.asks("publisher", "publish", "note", note);
  const kept = story.keeps("workflow:w", "note", { text: "hello" }, "n1");
  story.says("publisher", { what: "unknown", attempt: unsure.attempt, why: "reset" });
  story.grants("publisher", story.asks("publisher", "publish", "note", note), kept, true);
  // Lost on its way, and never sent again.
  const gone = story.asks("publisher", "publish", "note", { ...note, id: "n2" });
  story.says("publisher", { what: "unknown", attempt: gone.attempt, why: "refused connection" });

  story.gives("done");
  story.starts("a.1", "done");
  story.carriesOut("a.1", "done");
  story.finishes("a.1", "done");

  story.gives("cut");
  story.starts("a.1", "cut");
  story.carriesOut("a.1", "cut");
  story.says("nemesis", { what: "kill", of: "agent", at: "after the deed" });
  story.interrupts("cut");

  story.gives("late", 100);
  story.expires("late");

  story.gives("taken back");
  story.does("giver", "cancel", "command_cancelled", step("taken back"));
  Object.assign(story.commands.get("taken back") ?? {}, { state: "cancelled" });

  story.requires("a.2", "yes");
  story.decides("ada", "yes", "approve");
  story.isTooLate("bob", "yes", "deny");
  story.says("nemesis", { what: "kill", of: "gateway", at: "after a decision" });
  story.reads("a.2", "yes");
  story.actsOn("a.2", "yes");

  story.requires("a.2", "no");
  story.decides("bob", "no", "deny");
  story.reads("a.2", "no");

  story.requires("a.2", "nobody");
  const byDeadline = { state: "expired", decision: "deny", decidedBy: "gateway:deadline" };
  Object.assign(story.checkpoints.get("nobody") ?? {}, byDeadline);
  story.keeps("execution:a", "checkpoint_expired", { checkpointId: "nobody", default: "deny" }, "nobody expired", true);
  story.says("nemesis", { what: "healed" });
  return story;
}
