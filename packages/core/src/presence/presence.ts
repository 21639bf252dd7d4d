/** Who is where on this node (§13): it lasts as long as connections do, and is kept nowhere. */
import type { Limits, Message, PresenceData, PresenceMember } from "@signalbox/protocol";
import type { View } from "../hide/index.ts";
import type { Failure, HubPorts, Principal } from "../hub-ports.ts";
import { channelError } from "../intake.ts";
import type { Delivery } from "../lanes.ts";
import type { NamespaceOptions } from "../namespaces.ts";
import type { SharedPublication } from "../publication.ts";
import type { Redactor } from "../redact/redactor.ts";
import { forbidden } from "../rights/forbidden.ts";
import { isLargerThan } from "../steering/bytes.ts";
import type { Wakes } from "../wakes.ts";
import { type Member, Roster, type Told } from "./roster.ts";

/** A connection that may keep members. */
export interface Attendee {
  readonly principal: Principal | undefined;
  readonly view: View | undefined;
  full(delivery: Delivery, channel: string): boolean;
  waitForRoom(): void;
  seen(publication: SharedPublication): SharedPublication;
  publication(publication: SharedPublication): void;
  tell(type: "presence", data: PresenceData): void;
}

interface PresenceOptions {
  ports: Pick<HubPorts, "nowMs" | "newId">;
  wakes: Wakes;
  limits: Limits;
  namespaces: Readonly<Record<string, NamespaceOptions>>;
  redactor: Redactor | undefined;
  /** Hands it to the subscriptions of the channel that may hear of its members, but not to those of `keepers`. */
  pass(channel: string, message: Message, keepers: ReadonlyMap<object, unknown>): SharedPublication;
}

interface Kept {
  roster: Roster<Attendee>;
  /** What was told last: no two states of any channel have the same. */
  revision: string;
}

/** Those who are gone have left by then. */
const retryMs = 5_000;

const fromGateway = { source: "gateway" } as const;

export class Presence {
  readonly #options: PresenceOptions;
  readonly #channels = new Map<string, Kept>();
  /** The channels where a connection keeps a member. */
  readonly #attended = new Map<Attendee, Set<string>>();
  /** Channels of which a connection has missed something. */
  readonly #missed = new Map<Attendee, Set<string>>();
  /** Tells this node's revisions from those of others, and of itself before it was restarted. */
  #origin: string | undefined;
  #told = 0;
  /** Of all that members say. */
  #characters = 0;

  constructor(options: PresenceOptions) {
    this.#options = options;
  }

  /** A request of §13.1. */
  ask(attendee: Attendee, principal: Principal, data: PresenceData): PresenceData | Failure {
    const { channel, leave = false, revision: known } = data;
    const wrong = channelError(channel, this.#options.namespaces);
    const denied = wrong ?? (principal.rights.may("presence", channel) ? undefined : forbidden("presence", channel));
    if (denied !== undefined) {
      const { name, message, details } = denied;
      return details === undefined ? { failed: name, message } : { failed: name, message, details };
    }
    const { memberId = leave ? undefined : this.#options.ports.newId() } = data;
    if (memberId === undefined) return missing("/data/memberId");
    const member = this.#channels.get(channel)?.roster.find(memberId);
    if (member !== undefined && member.key !== principal.key) {
      return { failed: "already_exists", message: `${memberId} is somebody else`, details: { channel, memberId } };
    }
    if (leave) {
      if (member !== undefined) this.#end(channel, member, "left");
      return { channel, memberId, revision: this.#revisionOf(channel), leave };
    }
    const refused = this.#refusal(attendee, member, data) ?? this.#keep(attendee, principal, memberId, data);
    if (refused !== undefined) return refused;
    const about = { channel, memberId, revision: this.#revisionOf(channel) };
    return about.revision === known ? about : { ...about, ...this.#listFor(channel, attendee.view) };
  }

  /** Who is there, for somebody with this view. */
  list(channel: string, view: View | undefined): { revision: string; members: PresenceMember[]; total: number } {
    return { revision: this.#revisionOf(channel), ...this.#listFor(channel, view) };
  }

  /** Does a connection of `KIND:ID` keep a member there? */
  hasConnected(channel: string, by: string): boolean {
    return this.#channels.get(channel)?.roster.hasConnected(by) === true;
  }

  /** The connection is gone. */
  closed(attendee: Attendee): void {
    this.#missed.delete(attendee);
    const attended = this.#attended.get(attendee);
    this.#attended.delete(attendee);
    for (const channel of attended ?? []) this.#channels.get(channel)?.roster.leave(attendee);
  }

  /** It has room again: what it missed it is told at once. */
  drained(attendee: Attendee): void {
    const missed = this.#missed.get(attendee);
    if (missed === undefined) return;
    this.#missed.delete(attendee);
    for (const channel of missed) {
      for (const { memberId } of this.#channels.get(channel)?.roster.keepers.get(attendee) ?? []) {
        attendee.tell("presence", { channel, memberId, ...this.list(channel, attendee.view) });
      }
    }
  }

  /** Members that a new token does not allow end. */
  rightsChanged(attendee: Attendee): void {
    for (const channel of [...(this.#attended.get(attendee) ?? [])]) {
      if (attendee.principal?.rights.may("presence", channel)) continue;
      for (const member of [...(this.#channels.get(channel)?.roster.keepers.get(attendee) ?? [])]) {
        this.#end(channel, member, "forbidden");
        const about = { channel, memberId: member.memberId, revision: this.#revisionOf(channel) };
        attendee.tell("presence", { ...about, leave: true, reason: "forbidden" });
      }
    }
  }

  #refusal(
    attendee: Attendee,
    member: Member<Attendee> | undefined,
    { channel, state }: PresenceData,
  ): Failure | undefined {
    const { presenceMembers, presenceKept, presenceStateBytes, presenceBytes } = this.#options.limits;
    if (state !== undefined && isLargerThan(state, presenceStateBytes)) {
      const message = `a state has at most ${presenceStateBytes} bytes`;
      return { failed: "payload_too_big", message, details: { limitBytes: presenceStateBytes } };
    }
    if (this.#characters >= presenceBytes) {
      const details = { retryAfterMs: retryMs };
      return { failed: "overloaded", message: "too much is said by all members together", details };
    }
    if (member === undefined && (this.#channels.get(channel)?.roster.size ?? 0) >= presenceMembers) {
      return tooMany(`${channel} has ${presenceMembers} members`, presenceMembers);
    }
    if (member?.keepers.has(attendee)) return undefined;
    let kept = 0;
    for (const attended of this.#attended.get(attendee) ?? []) {
      kept += this.#channels.get(attended)?.roster.keepers.get(attendee)?.size ?? 0;
    }
    return kept < presenceKept ? undefined : tooMany(`this connection keeps ${presenceKept} members`, presenceKept);
  }

  #keep(attendee: Attendee, { key, kind, id }: Principal, memberId: string, given: PresenceData): undefined {
    const { channel, name, state } = given;
    const { redactor } = this.#options;
    const says = { ...(name === undefined ? {} : { name }), ...(state === undefined ? {} : { state }) };
    const { roster } = this.#kept(channel);
    const attended = this.#attended.get(attendee);
    if (attended === undefined) this.#attended.set(attendee, new Set([channel]));
    else attended.add(channel);
    roster.keep(
      attendee,
      memberId,
      { key, principal: { kind, id } },
      redactor === undefined ? says : redactor.value(says),
    );
  }

  #end(channel: string, member: Member<Attendee>, reason: "left" | "forbidden"): void {
    const keepers = [...member.keepers];
    const { roster } = this.#kept(channel);
    roster.end(member, reason);
    for (const attendee of keepers) {
      if (roster.keepers.has(attendee)) continue;
      const attended = this.#attended.get(attendee);
      attended?.delete(channel);
      if (attended?.size === 0) this.#attended.delete(attendee);
    }
  }

  #kept(channel: string): Kept {
    const known = this.#channels.get(channel);
    if (known !== undefined) return known;
    const { ports, wakes, limits } = this.#options;
    const roster = new Roster<Attendee>({
      lingerMs: limits.presenceLingerMs,
      nowMs: () => ports.nowMs(),
      steadyMs: () => wakes.nowMs,
      at: (dueMs, sleeper) => wakes.at(dueMs, sleeper),
      tell: (told) => this.#tell(channel, told),
      grew: (characters) => {
        this.#characters += characters;
      },
      emptied: () => this.#channels.delete(channel),
    });
    const kept = { roster, revision: this.#revisionOf(channel) };
    this.#channels.set(channel, kept);
    return kept;
  }

  #tell(channel: string, { type, ...about }: Told): void {
    const kept = this.#kept(channel);
    kept.revision = this.#revision(++this.#told);
    const { ports, pass } = this.#options;
    const data = { channel, ...about, revision: kept.revision };
    const message: Message = { id: ports.newId(), type, timestamp: ports.nowMs(), data, metadata: fromGateway };
    const { keepers } = kept.roster;
    const publication = pass(channel, message, keepers);
    for (const attendee of keepers.keys()) {
      if (attendee.full("coalesce", channel)) this.#miss(attendee, channel);
      else attendee.publication(attendee.seen(publication));
    }
    publication.forget();
  }

  #miss(attendee: Attendee, channel: string): void {
    const missed = this.#missed.get(attendee);
    if (missed === undefined) this.#missed.set(attendee, new Set([channel]));
    else missed.add(channel);
    attendee.waitForRoom();
  }

  #listFor(channel: string, view: View | undefined): { members: PresenceMember[]; total: number } {
    const { presenceListed } = this.#options.limits;
    const { members, total } = this.#channels.get(channel)?.roster.listed(presenceListed) ?? { members: [], total: 0 };
    // Hiding puts texts in the place of values; the members stay what they are.
    return { members: view === undefined ? members : (view.state(members) as PresenceMember[]), total };
  }

  /** Nobody was there ever, or for some time: that is one and the same state. */
  #revisionOf(channel: string): string {
    return this.#channels.get(channel)?.revision ?? this.#revision(0);
  }

  #revision(told: number): string {
    this.#origin ??= this.#options.ports.newId();
    return `${this.#origin}:${told}`;
  }
}

const missing = (path: string): Failure => {
  const rule = "is required";
  return { failed: "invalid_message", message: `${path} ${rule}`, details: { path, rule } };
};

const tooMany = (message: string, limit: number): Failure => ({
  failed: "too_many_members",
  message,
  details: { limit },
});
