/**
 * `@signalbox/client/presence`: being in a channel and seeing who else is, and, for producers, what is wanted of them.
 * Programs that do not import it do not load it.
 */
import type { ErrorData, Message, PresenceData, PresenceMember } from "@signalbox/protocol";
import { dataOf, retryAfterMs } from "./decode.ts";
import { outgoing } from "./outgoing.ts";
import { type Listeners, makeListeners } from "./readable.ts";
import type { Ride, Rider } from "./rider.ts";
import type { Outgoing } from "./transport.ts";
import type { Client, Readable } from "./types.ts";

export { type DemandView, demand } from "./demand.ts";

/** Others are told of a member at most so often, */
const pauseMs = 100;
/** and where each change begins a new stream or poll, it says so less often. */
const longPauseMs = 1_000;
/** After a temporary refusal that does not say when. */
const retryMs = 1_000;

export interface PresenceOptions {
  /** How people call this member. */
  name?: string;
  /** What it looks at and does; at most 4 KiB as JSON. */
  state?: Readonly<Record<string, unknown>>;
  /** Kept by a page over reloads it stays who it was. Default: a new one. */
  memberId?: string;
}

export interface PresenceView {
  /** Those here longest first, this member among them; at most 200 of `total` when it joins. As last known while offline. */
  members: readonly PresenceMember[];
  total: number;
  status: "offline" | "joining" | "present" | "refused" | "left";
  error: ErrorData | undefined;
}

export interface Presence extends Readable<PresenceView> {
  readonly memberId: string;
  /** Says what it looks at and does now. Others are told ten times a second at most. */
  set(state: Readonly<Record<string, unknown>>): void;
  leave(): void;
}

/** Joins at once, and again after each loss of the link, until `leave()`. */
export function presence(client: Pick<Client, "ride">, channel: string, options: PresenceOptions = {}): Presence {
  const here = new Here(client, channel, options);
  return {
    memberId: here.memberId,
    snapshot: () => here.snapshot(),
    subscribe: here.listeners.add,
    set: (state) => here.set(state),
    leave: () => here.leave(),
  };
}

class Here implements Rider {
  readonly memberId: string;
  readonly listeners: Listeners;
  readonly #channel: string;
  readonly #name: string | undefined;
  readonly #members = new Map<string, PresenceMember>();
  readonly #ride: Ride;
  #state: string;
  #total = 0;
  #view: PresenceView | undefined;
  #status: PresenceView["status"] = "offline";
  #error: ErrorData | undefined;
  #due = true;
  /** The gateway has it, or will once it reads what was sent. */
  #held = false;
  #request: string | undefined;
  #revision: string | undefined;
  #sentMs = 0;
  #pauseMs = pauseMs;
  #cancelSet: (() => void) | undefined;

  constructor(client: Pick<Client, "ride">, channel: string, { name, state = {}, memberId }: PresenceOptions) {
    this.#channel = channel;
    this.#name = name;
    this.#state = JSON.stringify(state);
    // It is asked only in a later turn.
    this.#ride = client.ride(this);
    this.memberId = memberId ?? this.#ride.newId();
    this.listeners = makeListeners(this.#ride.clock);
  }

  snapshot(): PresenceView {
    this.#view ??= {
      members: [...this.#members.values()].sort((a, b) => a.sinceMs - b.sinceMs),
      total: this.#total,
      status: this.#status,
      error: this.#error,
    };
    return this.#view;
  }

  set(state: Readonly<Record<string, unknown>>): void {
    const text = JSON.stringify(state);
    if (text === this.#state) return;
    this.#state = text;
    if (!this.#held || this.#cancelSet) return;
    const { clock } = this.#ride;
    this.#cancelSet = clock.after(Math.max(0, this.#sentMs + this.#pauseMs - clock.nowMs()), () => {
      this.#cancelSet = undefined;
      this.#again();
    });
  }

  leave(): void {
    if (this.#status === "left") return;
    this.#cancelSet?.();
    this.#members.clear();
    this.#total = 0;
    this.#show("left");
    if (this.#held) this.#again();
    else this.#ride.end();
  }

  // --- Rider ---

  due(): boolean {
    return this.#due;
  }

  asks(all: boolean, again: boolean): Outgoing[] {
    if (!(all || this.#due)) return [];
    this.#due = false;
    if (this.#error) return [];
    const { newId, clock, end } = this.#ride;
    const about = { channel: this.#channel, memberId: this.memberId };
    const id = newId();
    if (this.#status === "left") {
      // Not in the middle of the asking.
      clock.after(0, end);
      return [outgoing(id, "presence", { ...about, leave: true })];
    }
    this.#request = id;
    this.#held = true;
    this.#sentMs = clock.nowMs();
    this.#pauseMs = again ? longPauseMs : pauseMs;
    if (this.#status === "offline") this.#show("joining");
    const says = { name: this.#name, state: JSON.parse(this.#state), revision: this.#revision };
    return [outgoing(id, "presence", { ...about, ...says })];
  }

  take(message: Message): boolean {
    const { type, metadata, channel } = message;
    const asked = metadata?.correlationId !== undefined && metadata.correlationId === this.#request;
    if (type === "presence") {
      const told = dataOf<PresenceData>(message);
      if (told.channel !== this.#channel || told.memberId !== this.memberId) return false;
      if (this.#status !== "left") this.#answered(told);
      return true;
    }
    if (type === "error" && asked) {
      this.#refused(dataOf<ErrorData>(message));
      return true;
    }
    // Others may want to hear of it as well.
    if (channel === this.#channel && type.startsWith("presence_") && this.#status !== "left") {
      this.#heard(type, dataOf<PresenceMember & PresenceData>(message));
    }
    return false;
  }

  unlink(lost: boolean): void {
    this.#held = false;
    this.#request = undefined;
    this.#due = true;
    if (!lost) return;
    if (this.#status === "left") this.#ride.end();
    else if (!this.#error) this.#show("offline");
  }

  // --- inside ---

  #answered({ members, total = 0, revision, leave, reason = "" }: PresenceData): void {
    if (leave) {
      const help = "This token does not allow it any more.";
      this.#refuse({ name: "forbidden", number: 112, message: reason, temporary: false, help });
      return;
    }
    this.#revision = revision;
    if (members) {
      this.#members.clear();
      for (const member of members) this.#members.set(member.memberId, member);
      this.#total = total;
    }
    this.#show("present");
  }

  #heard(type: string, { revision, memberId, ...told }: PresenceMember & PresenceData): void {
    this.#revision = revision;
    if (type === "presence_left") {
      this.#members.delete(memberId);
      this.#total--;
      // Another page with the same id left, and this one did not.
      if (memberId === this.memberId && this.#held) this.#again();
    } else {
      if (type === "presence_joined" && !this.#members.has(memberId)) this.#total++;
      const { principal, name, state, sinceMs } = told;
      this.#members.set(memberId, { memberId, principal, ...(name && { name }), ...(state && { state }), sinceMs });
    }
    this.#show(this.#status);
  }

  #refused(error: ErrorData): void {
    this.#held = false;
    if (error.temporary) this.#ride.clock.after(retryAfterMs(error) ?? retryMs, () => this.#again());
    else this.#refuse(error);
  }

  #refuse(error: ErrorData): void {
    this.#error = error;
    this.#held = this.#due = false;
    this.#members.clear();
    this.#total = 0;
    this.#show("refused");
  }

  #again(): void {
    this.#due = true;
    this.#ride.look();
  }

  #show(status: PresenceView["status"]): void {
    this.#status = status;
    this.#view = undefined;
    this.listeners.changed();
  }
}
