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
  metadata?: { producer?: { id: string; epoch: number; seq: number } };
}

type Body = Record<string, unknown>;

/** request: it never arrives. answer: it has its effect, and nobody is told. */
export type Loss = "request" | "answer";

export class ModelGateway {
  readonly channel: string;
  readonly commands = new Map<string, Command>();
  /** Kept in the channel. */
  readonly events: Publication<string, Record<string, unknown>>[] = [];
  lease: { producer: string; epoch: number; held: boolean } | undefined;
  /** Method and path of each request, in order. */
  readonly asked: string[] = [];
  /** What becomes of the next requests whose path begins so; all others arrive. */
  losses: Array<{ path: string; loss: Loss }> = [];
  /** Nothing arrives while it is away. */
  away = false;
  readonly #watches = new Set<WatchOptions>();
  readonly #sequences = new Map<string, { epoch: number; seq: number }>();
  readonly #kept = new Set<string>();

  constructor(channel: string) {
    this.channel = channel;
  }

  readonly client = {
    request: async <Answer>(path: string, init: { method?: string; body?: unknown } = {}): Promise<Answer> => {
      // As a network does: never at once.
      await Promise.resolve();
      this.asked.push(`${init.method ?? "GET"} ${path}`);
      const at = this.losses.findIndex((each) => path.startsWith(each.path));
      const loss = this.away ? "request" : this.losses.splice(at, at < 0 ? 0 : 1)[0]?.loss;
      if (loss === "request") throw new TypeError("fetch failed");
      const answer = this.#answer(init.method ?? "GET", path, init.body);
      if (loss === "answer") throw new TypeError("fetch failed");
      return answer as Answer;
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

  types(): string[] {
    return this.events.map(({ type }) => type);
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
    if (path === "/v1/events") return { results: (body as Event[]).map((event) => this.#publish(event)) };
    throw refusal("not_found");
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
    this.#interrupt();
  }

  #interrupt(): void {
    for (const { commandId, state } of this.commands.values()) {
      if (state === "started") this.#change(commandId, { state: "failed", code: "interrupted" });
    }
  }

  #publish({ id, type, data, metadata }: Event): unknown {
    if (this.#kept.has(id)) return { id, channel: this.channel, epoch: "e", duplicate: true };
    const command = this.commands.get(String(data.commandId));
    if (command === undefined) throw refusal("not_found");
    const { producer } = metadata ?? {};
    if (this.lease?.held && producer?.id !== this.lease.producer) throw refusal("fenced");
    if (!from[type]?.includes(command.state)) throw refusal("wrong_state", { state: command.state });
    if (JSON.stringify(data).length > 65_536) throw refusal("payload_too_big");
    if (producer !== undefined) this.#count(producer);
    const { code, result } = data;
    this.#change(command.commandId, {
      state: type === "command_progress" ? command.state : type.slice("command_".length),
      ...(typeof code === "string" ? { code } : {}),
      ...(result === undefined ? {} : { result }),
    });
    this.#kept.add(id);
    this.#keep(type, data);
    return { id, channel: this.channel, epoch: "e", offset: this.events.length, duplicate: false };
  }

  #count({ id, epoch, seq }: { id: string; epoch: number; seq: number }): void {
    const known = this.#sequences.get(id) ?? { epoch, seq: 0 };
    if (epoch < known.epoch) throw refusal("fenced", { epoch: known.epoch });
    const last = epoch === known.epoch ? known.seq : 0;
    if (seq !== last + 1) throw refusal(seq > last ? "sequence_gap" : "internal", { expected: last + 1 });
    this.#sequences.set(id, { epoch, seq });
  }

  #change(commandId: string, change: Partial<Command>): void {
    const command = this.commands.get(commandId);
    if (command !== undefined) this.commands.set(commandId, { ...command, ...change });
  }

  #keep(type: string, data: Record<string, unknown>): void {
    const offset = this.events.length + 1;
    const event = { id: `e${offset}`, type, timestamp: 0, data, channel: this.channel, epoch: "e", offset };
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
