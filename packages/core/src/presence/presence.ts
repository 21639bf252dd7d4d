/** Who is where (§13), by connections of this node and, as they tell it, of others: it lasts as long as those do, and is kept nowhere. */
import type { Limits, Message, PresenceData, PresenceMember } from "@signalbox/protocol";
import type { View } from "../hide/index.ts";
import type { Failure, HubPorts, Principal } from "../hub-ports.ts";
import { channelError } from "../intake.ts";
import type { Delivery } from "../lanes.ts";
import type { NamespaceOptions } from "../namespaces.ts";
import type { SharedPublication } from "../publication.ts";
import type { Redactor } from "../redact/redactor.ts";
import { forbidden } from "../rights/forbidden.ts";
import { SharedTable } from "../shared/table.ts";
import { isLargerThan } from "../steering/bytes.ts";
import type { Wakes } from "../wakes.ts";
import { factOf, fromPlace, placeOf, readFact, takesOver } from "./facts.ts";
import { type Heard, isLater, type Member, Roster, type Stamp, type Told } from "./roster.ts";

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
  ports: Pick<HubPorts, "nowMs" | "steadyMs" | "newId" | "soon" | "after" | "sha256" | "isShared" | "tell">;
  /** Name of this node. */
  node: string;
  wakes: Wakes;
  limits: Limits;
  namespaces: Readonly<Record<string, NamespaceOptions>>;
  redactor: Redactor | undefined;
  /** Hands it to the subscriptions of the channel that may hear of its members, but not to those of `keepers`. */
  pass(channel: string, message: Message, keepers: ReadonlyMap<object, unknown>): SharedPublication;
}

/** Other nodes have said by then who is there. */
const meetMs = 300;
/** That somebody ended a member is said for so long: a node that missed it has asked by then, or is taken for gone. */
const endSaidMs = 30_000;
/** What nodes tell each other about this. */
export const presenceTopic = "presence";

/** Those who are gone have left by then. */
const retryMs = 5_000;

/** Of a SHA-256, for each member: enough that no two lists have the same by chance. */
const digestDigits = 32;

const fromGateway = { source: "gateway" } as const;

export class Presence {
  readonly #options: PresenceOptions;
  readonly #channels = new Map<string, Roster<Attendee>>();
  /** The channels where a connection keeps a member. */
  readonly #attended = new Map<Attendee, Set<string>>();
  /** Channels of which a connection has missed something. */
  readonly #missed = new Map<Attendee, Set<string>>();
  /** Tells what was said here from what was said elsewhere, and here before a restart. */
  #origin: string | undefined;
  /** No stamp is older than one that is known. */
  #stampedMs = 0;
  /** Of all that members say. */
  #characters = 0;
  /** What each node says of members, where there are other nodes. */
  readonly #shared: SharedTable<Heard> | undefined;
  /** Members that ended here, first those that did first: other nodes are to have heard of it by then. */
  readonly #ended = new Map<string, number>();
  /** They wait for what other nodes say; undefined: that was said. */
  #waiting: Array<() => void> | undefined;

  constructor(options: PresenceOptions) {
    this.#options = options;
    const { ports, node } = options;
    if (!ports.isShared) return;
    this.#shared = new SharedTable({
      ports: {
        tell: (body) => ports.tell(presenceTopic, body),
        soon: (run) => ports.soon(run),
        after: (ms, run) => ports.after(ms, run),
        steadyMs: () => ports.steadyMs(),
        newId: () => ports.newId(),
      },
      node,
      read: readFact,
      changed: (from, place, fact) => this.#heard(from, place, fact),
    });
  }

  /** There may be other nodes, where members are. */
  meet(): void {
    if (this.#shared === undefined) return;
    this.#shared.meet();
    const waiting = this.#waiting ?? [];
    this.#waiting = waiting;
    this.#options.ports.after(meetMs, () => {
      if (this.#waiting !== waiting) return;
      this.#waiting = undefined;
      for (const run of waiting) run();
    });
  }

  /** Calls back once it is known who is there: at once, but where this hub is new among others. */
  whenMet(run: () => void): void {
    if (this.#waiting === undefined) run();
    else this.#waiting.push(run);
  }

  told(body: string, node: string): void {
    this.#shared?.told(body, node);
  }

  /** What other nodes told may have been missed. */
  missed(): void {
    this.#shared?.meet();
  }

  /** The node is gone: who was connected to it has left, unless another has it soon. This one: others took it for gone. */
  nodeLeft(node: string): void {
    if (node === this.#options.node) {
      this.missed();
      return;
    }
    this.#shared?.left(node);
  }

  /** To be called about once a second. */
  tick(): void {
    if (this.#shared === undefined) return;
    this.#shared.tick();
    const now = this.#options.ports.steadyMs();
    for (const [place, dueMs] of this.#ended) {
      if (dueMs > now) break;
      this.#ended.delete(place);
      this.#settle(this.#shared, place);
    }
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
    const member = this.#channels.get(channel)?.find(memberId);
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
    return this.#channels.get(channel)?.hasConnected(by) === true;
  }

  /** Does a connection of the principal keep a member there that does not say `awake: false`? */
  isLooking(channel: string, key: string): boolean {
    return this.#channels.get(channel)?.isLooking(key) === true;
  }

  /** The connection is gone. */
  closed(attendee: Attendee): void {
    this.#missed.delete(attendee);
    const attended = this.#attended.get(attendee);
    this.#attended.delete(attendee);
    for (const channel of attended ?? []) this.#channels.get(channel)?.leave(attendee);
  }

  /** It has room again: what it missed it is told at once. */
  drained(attendee: Attendee): void {
    const missed = this.#missed.get(attendee);
    if (missed === undefined) return;
    this.#missed.delete(attendee);
    for (const channel of missed) {
      for (const { memberId } of this.#channels.get(channel)?.keepers.get(attendee) ?? []) {
        attendee.tell("presence", { channel, memberId, ...this.list(channel, attendee.view) });
      }
    }
  }

  /** Members that a new token does not allow end. */
  rightsChanged(attendee: Attendee): void {
    for (const channel of [...(this.#attended.get(attendee) ?? [])]) {
      if (attendee.principal?.rights.may("presence", channel)) continue;
      for (const member of [...(this.#channels.get(channel)?.keepers.get(attendee) ?? [])]) {
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
    if (member === undefined && (this.#channels.get(channel)?.size ?? 0) >= presenceMembers) {
      return tooMany(`${channel} has ${presenceMembers} members`, presenceMembers);
    }
    if (member?.keepers.has(attendee)) return undefined;
    let kept = 0;
    for (const attended of this.#attended.get(attendee) ?? []) {
      kept += this.#channels.get(attended)?.keepers.get(attendee)?.size ?? 0;
    }
    return kept < presenceKept ? undefined : tooMany(`this connection keeps ${presenceKept} members`, presenceKept);
  }

  #keep(attendee: Attendee, { key, kind, id }: Principal, memberId: string, given: PresenceData): undefined {
    const { channel, name, state } = given;
    const { redactor } = this.#options;
    const says = { ...(name === undefined ? {} : { name }), ...(state === undefined ? {} : { state }) };
    const roster = this.#roster(channel);
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
    const roster = this.#roster(channel);
    Object.assign(member, this.#stamp());
    roster.end(member, reason);
    this.#leave(channel, keepers);
  }

  /** Those of them who keep no member of the channel any more. */
  #leave(channel: string, keepers: readonly Attendee[]): void {
    for (const attendee of keepers) {
      if (this.#channels.get(channel)?.keepers.has(attendee)) continue;
      const attended = this.#attended.get(attendee);
      attended?.delete(channel);
      if (attended?.size === 0) this.#attended.delete(attendee);
    }
  }

  #heard(node: string, place: string, fact: Heard | undefined): void {
    const { channel, memberId } = fromPlace(place);
    if (fact === undefined) {
      const roster = this.#channels.get(channel);
      roster?.without(node, memberId);
      const member = roster?.find(memberId);
      if (member === undefined || this.#shared === undefined) return;
      // Whoever is gone may have told only this node.
      const said = [...this.#shared.others(place)].map(([, one]) => one);
      if (said.some((one) => one.kept && isLater(member, one))) roster?.sayForOthers(member);
      return;
    }
    this.#stampedMs = Math.max(this.#stampedMs, fact.at);
    const other = this.#channels.get(channel)?.find(memberId);
    if (other !== undefined && other.key !== fact.key) {
      if (!takesOver(fact, other)) return;
      this.#yield(channel, other);
    }
    if (fact.ended !== undefined && !this.#channels.has(channel)) return;
    const keepers = fact.ended === undefined ? [] : [...(other?.keepers ?? [])];
    this.#roster(channel).heard(node, memberId, fact);
    this.#leave(channel, keepers);
  }

  /** It ended here some time ago. Where another node keeps it still, that has not heard of it, and the member is there. */
  #settle(shared: SharedTable<Heard>, place: string): void {
    const { channel, memberId } = fromPlace(place);
    if (this.#channels.get(channel)?.find(memberId) !== undefined) return;
    shared.set(place, undefined);
    for (const [node, fact] of shared.others(place)) if (fact.kept) this.#heard(node, place, fact);
  }

  /** Two were given the same id at two nodes: the first has it. */
  #yield(channel: string, member: Member<Attendee>): void {
    const keepers = [...member.keepers];
    const { memberId } = member;
    this.#roster(channel).yield(member);
    this.#leave(channel, keepers);
    for (const attendee of keepers) {
      const about = { channel, memberId, revision: this.#revisionOf(channel) };
      attendee.tell("presence", { ...about, leave: true, reason: "taken" });
    }
  }

  #roster(channel: string): Roster<Attendee> {
    const known = this.#channels.get(channel);
    if (known !== undefined) return known;
    const { ports, wakes, limits } = this.#options;
    const shared = this.#shared;
    const roster = new Roster<Attendee>({
      lingerMs: limits.presenceLingerMs,
      nowMs: () => ports.nowMs(),
      steadyMs: () => wakes.nowMs,
      at: (dueMs, sleeper) => wakes.at(dueMs, sleeper),
      origin: () => this.#originOf(),
      stamp: () => this.#stamp(),
      digest: (text) => BigInt(`0x${ports.sha256(text).slice(0, digestDigits)}`),
      tell: (told) => this.#tell(channel, told),
      grew: (characters) => {
        this.#characters += characters;
      },
      emptied: () => this.#channels.delete(channel),
      announce: shared && ((member) => shared.set(placeOf(channel, member.memberId), factOf(member))),
      forgotten: ({ memberId }) => {
        if (shared === undefined) return;
        const place = placeOf(channel, memberId);
        this.#ended.delete(place);
        this.#ended.set(place, ports.steadyMs() + endSaidMs);
      },
    });
    this.#channels.set(channel, roster);
    return roster;
  }

  #tell(channel: string, { type, ...about }: Told): void {
    const { ports, pass } = this.#options;
    const { keepers, revision } = this.#roster(channel);
    const data = { channel, ...about, revision };
    const message: Message = { id: ports.newId(), type, timestamp: ports.nowMs(), data, metadata: fromGateway };
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
    const { members, total } = this.#channels.get(channel)?.listed(presenceListed) ?? { members: [], total: 0 };
    // Hiding puts texts in the place of values; the members stay what they are.
    return { members: view === undefined ? members : (view.state(members) as PresenceMember[]), total };
  }

  /** The same members have the same on every node; it gives nothing away of what they say. */
  #revisionOf(channel: string): string {
    return this.#channels.get(channel)?.revision ?? "0";
  }

  #originOf(): string {
    this.#origin ??= this.#options.ports.newId();
    return this.#origin;
  }

  #stamp(): Stamp {
    this.#stampedMs = Math.max(this.#stampedMs + 1, this.#options.ports.nowMs());
    return { at: this.#stampedMs, by: this.#originOf() };
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
