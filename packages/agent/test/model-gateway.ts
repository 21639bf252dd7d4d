/**
 * A gateway's leases, commands and producer sequences (§5.4, §10, §12) in memory, behind the two calls that an inbox makes.
 * It fails as it is told: a request may be lost, or its answer.
 */
import { GatewayError, type Watch, type WatchOptions } from "@signalbox/client";
import { type ErrorName, errorCodes, type Publication } from "@signalbox/protocol";

interface Command {
  commandId: string;
  name: string;
  args?: unknown;
  issuedBy: string;
  state: string;
  code?: string;
  result?: unknown;
}

interface Event {
  id: string;
  type: string;
  channel: string;
  data: Record<string, unknown>;
  metadata?: { producer?: Producer };
}

interface Producer {
  id: string;
  epoch: number;
  seq: number;
}

type Body = Record<string, unknown>;

/** request: it never arrives. answer: it has its effect, and nobody is told. */
export type Loss = "request" | "answer";

export class ModelGateway {
  readonly channel: string;
  readonly commands = new Map<string, Command>();
  /** Kept in the channel. */
  readonly events: Publication<string, Record<string, unknown>>[] = [];
  /** By id, as they are told. */
  readonly checkpoints = new Map<string, Body>();
  lease: { producer: string; epoch: number; held: boolean } | undefined;
  /** Method and path of each request, in order. */
  readonly asked: string[] = [];
  /** What becomes of the next requests whose path begins so; all others arrive. */
  losses: Array<{ path: string; loss: Loss }> = [];
  /** Nothing arrives while it is away. */
  away = false;
  /** What becomes of a request otherwise. */
  fate: () => Loss | undefined = () => undefined;
  /** Events of one page of history. */
  pageSize = 1_000;
  readonly #watches = new Set<WatchOptions>();
  readonly #sequences = new Map<string, { epoch: number; seq: number }>();
  readonly #steps = new Set<string>();

  constructor(channel: string) {
    this.channel = channel;
  }

  readonly client = {
    request: async <Answer>(path: string, init: { method?: string; body?: unknown } = {}): Promise<Answer> =>
      (await this.#exchange(init.method ?? "GET", path, init.body)) as Answer,
    fetch: async (path: string, { method = "GET", body }: RequestInit = {}): Promise<Response> => {
      try {
        return Response.json(
          await this.#exchange(method, path, body === undefined ? undefined : JSON.parse(String(body))),
        );
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error;
        const { name, number, message, temporary, help, details } = error;
        return Response.json({ error: { name, number, message, temporary, help, details } }, { status: 400 });
      }
    },
    watch: (channel: string, options: WatchOptions): Watch => {
      this.#watches.add(options);
      queueMicrotask(() => options.onState?.({ status: "live", position: undefined, head: undefined }));
      const stop = (): void => void this.#watches.delete(options);
      return {
        channel,
        stop,
        state: () => ({ status: "live", position: undefined, head: undefined }),
        positions: () => ({}),
      };
    },
  };

  async #exchange(method: string, path: string, body: unknown): Promise<unknown> {
    // As a network does: never at once.
    await Promise.resolve();
    this.asked.push(`${method} ${path}`);
    const at = this.losses.findIndex((each) => path.startsWith(each.path));
    const loss = this.away ? "request" : (this.losses.splice(at, at < 0 ? 0 : 1)[0]?.loss ?? this.fate());
    if (loss === "request") throw new TypeError("fetch failed");
    const answer = this.#answer(method, path, body);
    if (loss === "answer") throw new TypeError("fetch failed");
    return answer;
  }

  give(commandId: string, name: string, args?: unknown): void {
    const command = { commandId, name, issuedBy: "user:ada", ...(args === undefined ? {} : { args }) };
    this.commands.set(commandId, { ...command, state: "queued" });
    this.#keep("command_queued", { ...command, target: this.channel });
  }

  cancel(commandId: string): void {
    this.#change(commandId, { state: "cancelled" });
    this.#keep("command_cancelled", { commandId });
  }

  /** The lease was not renewed: what was begun under it has failed. */
  lose(): void {
    if (this.lease !== undefined) this.lease.held = false;
    this.#interrupt();
  }

  /** Somebody else has it now. */
  takeOver(producer: string): void {
    this.#hold(producer);
  }

  /** Everybody who watches is told that something is missing. */
  gap(): void {
    for (const watch of this.#watches) {
      watch.onGap?.(this.channel, { reason: "slow", epoch: "e", from: 1, to: this.events.length });
    }
  }

  /** Of the events about commands. */
  types(): string[] {
    return this.events.map(({ type }) => type).filter((type) => type.startsWith("command_"));
  }

  state(commandId: string): string | undefined {
    return this.commands.get(commandId)?.state;
  }

  #answer(method: string, path: string, body: unknown): unknown {
    if (path.startsWith("/v1/leases/")) return this.#leases(method, body as Body);
    if (path.startsWith("/v1/commands?")) {
      const commands = [...this.commands.values()].filter(({ state }) =>
        ["queued", "delivered", "started"].includes(state),
      );
      return { commands };
    }
    if (path === "/v1/checkpoints") return this.#require(body as Body);
    if (path.startsWith("/v1/checkpoints/")) {
      const checkpoint = this.checkpoints.get(path.slice("/v1/checkpoints/".length).split("?")[0] ?? "");
      if (checkpoint === undefined) throw refusal("not_found");
      return checkpoint;
    }
    if (path === "/v1/events") return this.#publishAll(body as Event[]);
    const channel = `/v1/channels/${encodeURIComponent(this.channel)}`;
    if (path === channel) return { channel: this.channel, epoch: "e", offset: this.events.length };
    if (path.startsWith(`${channel}/events?`)) {
      const since = new URLSearchParams(path.slice(path.indexOf("?"))).get("since") ?? "";
      const from = since === "earliest" ? 0 : Number(since.slice("e:".length));
      const events = this.events.slice(from, from + this.pageSize);
      return { events, next: { epoch: "e", offset: from + events.length } };
    }
    throw refusal("not_found");
  }

  /** Somebody decided. */
  decide(checkpointId: string, decision: "approve" | "deny", more: Body = {}): void {
    const before = this.checkpoints.get(checkpointId);
    this.checkpoints.set(checkpointId, { ...before, state: "decided", decision, decidedBy: "user:ada", ...more });
  }

  #require(asked: Body): Body {
    const id = String(asked.checkpointId);
    const before = this.checkpoints.get(id);
    const same = JSON.stringify(before?.checkpointData) === JSON.stringify(asked.checkpointData);
    if (before !== undefined && !same) throw refusal("already_exists");
    const checkpoint = before ?? { ...asked, state: "open" };
    this.checkpoints.set(id, checkpoint);
    return checkpoint;
  }

  #aboutCheckpoint(type: string, data: Body): void {
    const id = String(data.checkpointId);
    const before = this.checkpoints.get(id);
    if (before === undefined) throw refusal("not_found");
    if (type === "checkpoint_withdrawn") this.checkpoints.set(id, { ...before, state: "withdrawn" });
    else if (before.applied !== undefined) throw refusal("wrong_state", { state: "decided", applied: true });
    else this.checkpoints.set(id, { ...before, applied: { outcome: data.outcome } });
  }

  /** One that is refused alone refuses the request; among others it has its error in the results. */
  #publishAll(events: Event[]): unknown {
    const results = events.map((event) => {
      try {
        return this.#publish(event);
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error;
        if (events.length === 1) throw error;
        const { name, number, message, temporary, help, details } = error;
        return { id: event.id, error: { name, number, message, temporary, help, details } };
      }
    });
    return { results };
  }

  #leases(method: string, { producer, epoch, takeOver }: Body = {}): unknown {
    const { lease } = this;
    if (method === "DELETE") {
      this.lose();
      return {};
    }
    if (epoch === undefined) {
      if (lease?.held && lease.producer !== producer && takeOver !== true) throw refusal("leased", { ...lease });
      this.#hold(String(producer));
      return { ...this.lease, state: "held" };
    }
    if (lease === undefined) throw refusal("not_found");
    if (lease.producer !== producer || lease.epoch !== epoch) throw refusal("fenced", { ...lease });
    if (!lease.held) throw refusal("wrong_state", { state: "lost" });
    return { ...lease, state: "held" };
  }

  #hold(producer: string): void {
    const epoch = (this.lease?.epoch ?? 0) + 1;
    for (const id of [producer, this.lease?.producer ?? producer]) this.#sequences.set(id, { epoch, seq: 0 });
    this.lease = { producer, epoch, held: true };
    this.#keep("lease_held", { channel: this.channel, producer, epoch });
    this.#interrupt();
  }

  #interrupt(): void {
    for (const { commandId, state } of this.commands.values()) {
      if (state === "started") this.#change(commandId, { state: "failed", code: "interrupted" });
    }
  }

  #publish({ id, type, data, metadata }: Event): unknown {
    const { producer } = metadata ?? {};
    if (type.startsWith("checkpoint_")) this.#aboutCheckpoint(type, data);
    const isNew = type.startsWith("command_")
      ? this.#step(id, type, data, producer)
      : producer === undefined || this.#count(producer);
    if (!isNew) return { id, channel: this.channel, epoch: "e", duplicate: true };
    this.#keep(type, data, id, metadata);
    return { id, channel: this.channel, epoch: "e", offset: this.events.length, duplicate: false };
  }

  /** False: it was kept before. */
  #step(id: string, type: string, data: Body, producer: Producer | undefined): boolean {
    if (this.#steps.has(id)) return false;
    const command = this.commands.get(String(data.commandId));
    if (command === undefined) throw refusal("not_found");
    if (this.lease?.held && producer?.id !== this.lease.producer) throw refusal("fenced");
    if (!from[type]?.includes(command.state)) throw refusal("wrong_state", { state: command.state });
    if (JSON.stringify(data).length > 65_536) throw refusal("payload_too_big");
    if (producer !== undefined && !this.#count(producer)) return false;
    const { code, result } = data;
    this.#change(command.commandId, {
      state: type === "command_progress" ? command.state : type.slice("command_".length),
      ...(typeof code === "string" ? { code } : {}),
      ...(result === undefined ? {} : { result }),
    });
    this.#steps.add(id);
    return true;
  }

  /** False: it had this number before. */
  #count({ id, epoch, seq }: Producer): boolean {
    const known = this.#sequences.get(id) ?? { epoch, seq: 0 };
    if (epoch < known.epoch) throw refusal("fenced", { epoch: known.epoch });
    const last = epoch === known.epoch ? known.seq : 0;
    if (seq <= last) return false;
    if (seq > last + 1) throw refusal("sequence_gap", { expected: last + 1 });
    this.#sequences.set(id, { epoch, seq });
    return true;
  }

  #change(commandId: string, change: Partial<Command>): void {
    const command = this.commands.get(commandId);
    if (command !== undefined) this.commands.set(commandId, { ...command, ...change });
  }

  #keep(type: string, data: Body, id?: string, metadata?: Event["metadata"]): void {
    const offset = this.events.length + 1;
    const about = metadata === undefined ? {} : { metadata };
    const { channel } = this;
    const event = { id: id ?? `e${offset}`, type, timestamp: 0, data, channel, epoch: "e", offset, ...about };
    this.events.push(event);
    for (const watch of this.#watches) if (watch.filter?.types?.includes(type)) watch.onEvent?.(event);
  }
}

const waiting = ["queued", "delivered"];
const from: Readonly<Record<string, readonly string[]>> = {
  command_delivered: waiting,
  command_started: waiting,
  command_progress: ["started"],
  command_done: ["started"],
  command_failed: [...waiting, "started"],
};

function refusal(name: ErrorName, details?: Record<string, unknown>): GatewayError {
  const { number, temporary, help } = errorCodes[name];
  const told = details === undefined ? {} : { details };
  return new GatewayError({ name, number, temporary, help, message: help, ...told });
}
