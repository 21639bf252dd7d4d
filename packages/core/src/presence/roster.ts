/**
 * Who is in one channel. What others are told of a member follows what is true of it, at most ten times a second: so whoever
 * comes and goes, or loses its connection and is back, is told of as it stands then, or not at all.
 */
import type { PresenceMember, PrincipalInfo } from "@signalbox/protocol";
import type { Sleeper } from "../wakes.ts";

/** Of one member, to viewers and to other nodes. */
const toldEveryMs = 100;

type Saying = Pick<PresenceMember, "name" | "state">;

export type LeaveReason = "left" | "gone" | "forbidden";

/** When something was said of a member, and at which node: of two that say otherwise the later has it. */
export interface Stamp {
  /** Milliseconds since 1970, and never less than of what was known when it was said. */
  at: number;
  by: string;
}

export const isLater = (one: Stamp, other: Stamp): boolean =>
  one.at > other.at || (one.at === other.at && one.by > other.by);

export interface Told {
  type: "presence_joined" | "presence_updated" | "presence_left";
  memberId: string;
  principal: PrincipalInfo;
  name?: string;
  state?: Record<string, unknown>;
  sinceMs?: number;
  reason?: LeaveReason;
}

/** As another node knows a member. */
export interface Heard extends Saying, Stamp {
  key: string;
  principal: PrincipalInfo;
  sinceMs: number;
  /** A connection of that node keeps it. */
  kept?: true;
  /** It ended by somebody's word, and not because its connections did. */
  ended?: "left" | "forbidden";
}

interface RosterOptions {
  lingerMs: number;
  nowMs(): number;
  steadyMs(): number;
  /** Wakes it once, then or a little later. */
  at(steadyMs: number, sleeper: Sleeper): void;
  /** Name of what is said here, in stamps. */
  origin(): string;
  /** For what is said here now. */
  stamp(): Stamp;
  /** A number of which nobody can say what else gives it. */
  digest(text: string): bigint;
  /** Everybody here is to hear of it. The roster is as it says already. */
  tell(told: Told): void;
  /** Other nodes are to hear how it stands here. Absent: there are no others. */
  announce?: ((member: Member<object>) => void) | undefined;
  /** It ended, and was told to have. */
  forgotten(member: Member<object>): void;
  /** What members say takes so many more characters, or fewer. */
  grew(characters: number): void;
  /** Nobody is in it any more, and nobody's word is too fresh. */
  emptied(): void;
}

export class Member<One extends object> implements Sleeper {
  readonly memberId: string;
  readonly principal: PrincipalInfo;
  /** Of the principal: nobody else speaks for this member. */
  readonly key: string;
  readonly keepers = new Set<One>();
  /** Other nodes whose connections keep it. */
  readonly nodes = new Set<string>();
  /** Of what it says, or of its end. */
  at = 0;
  by = "";
  readonly #roster: Roster<One>;
  says: Saying = {};
  /** Characters of that. */
  size = 0;
  sinceMs: number;
  /** When its last connection ended, on any node, by the steady clock; undefined while it has one. */
  goneMs: number | undefined;
  /** It ended, for this reason. */
  ended: LeaveReason | undefined;
  /** As others know it: undefined while they do not. */
  told: PresenceMember | undefined;
  toldText = "";
  toldMs = Number.NEGATIVE_INFINITY;
  /** What is told stands for this. */
  digest = 0n;
  /** As other nodes know it from this one; undefined while they do not. */
  announced: ({ isKept: boolean; isEnded: boolean } & Stamp) | undefined;
  announcedMs = Number.NEGATIVE_INFINITY;
  /** A node that keeps it has not heard what is known here. */
  isUnheard = false;
  /** The earliest that it is to be woken. */
  dueMs = Number.POSITIVE_INFINITY;

  constructor(roster: Roster<One>, memberId: string, principal: PrincipalInfo, key: string, sinceMs: number) {
    this.#roster = roster;
    this.memberId = memberId;
    this.principal = principal;
    this.key = key;
    this.sinceMs = sinceMs;
  }

  wake(): void {
    this.dueMs = Number.POSITIVE_INFINITY;
    this.#roster.look(this);
  }
}

export class Roster<One extends object> {
  readonly #options: RosterOptions;
  readonly #members = new Map<string, Member<One>>();
  /** What each connection keeps. */
  readonly #keepers = new Map<One, Set<Member<One>>>();
  /** How many connections of each `KIND:ID` keep a member, and how many members of each other nodes keep. */
  readonly #connected = new Map<string, number>();
  /** Of all that was told: the sum does not depend on the order. */
  #digest = 0n;

  constructor(options: RosterOptions) {
    this.#options = options;
  }

  /** Members, and those whose leaving has only just been told. */
  get size(): number {
    return this.#members.size;
  }

  /** Which state of the members was told: the same on every node. Of nobody it is "0". */
  get revision(): string {
    return this.#digest.toString(36);
  }

  get members(): Iterable<Member<One>> {
    return this.#members.values();
  }

  get keepers(): ReadonlyMap<One, ReadonlySet<Member<One>>> {
    return this.#keepers;
  }

  find(memberId: string): Member<One> | undefined {
    return this.#members.get(memberId);
  }

  /** Does a connection of `KIND:ID` keep a member? */
  hasConnected(by: string): boolean {
    return this.#connected.has(by);
  }

  /** Does a connection of this principal keep a member that does not say it sleeps? */
  isLooking(key: string): boolean {
    for (const member of this.#members.values()) {
      const isThere = member.ended === undefined && member.keepers.size + member.nodes.size > 0;
      if (isThere && member.key === key && member.says.state?.awake !== false) return true;
    }
    return false;
  }

  /** As others were told, those here longest first. */
  listed(most: number): { members: PresenceMember[]; total: number } {
    const all = [...this.#members.values()].flatMap(({ told }) => told ?? []);
    all.sort((a, b) => a.sinceMs - b.sinceMs || (a.memberId < b.memberId ? -1 : 1));
    return { members: all.slice(0, most), total: all.length };
  }

  /** The member's principal must be this one's, if there is one of this id. */
  keep(keeper: One, memberId: string, { key, principal }: Pick<Member<One>, "key" | "principal">, says: Saying): void {
    const { nowMs } = this.#options;
    let member = this.#members.get(memberId);
    const isAnew = member === undefined || member.ended !== undefined;
    member ??= this.#add(memberId, principal, key);
    if (isAnew) {
      member.sinceMs = nowMs();
      member.says = {};
    }
    member.ended = undefined;
    member.goneMs = undefined;
    const before = JSON.stringify([member.says.name, member.says.state]);
    member.says = { ...member.says, ...says };
    const isOther = JSON.stringify([member.says.name, member.says.state]) !== before;
    if (isAnew || isOther) Object.assign(member, this.#options.stamp());
    this.#resize(member, JSON.stringify(member.says).length);
    if (!member.keepers.has(keeper)) {
      member.keepers.add(keeper);
      const kept = this.#keepers.get(keeper);
      if (kept === undefined) {
        this.#keepers.set(keeper, new Set([member]));
        this.#count(principal, 1);
      } else kept.add(member);
    }
    this.look(member);
  }

  /** How another node says that a member of this key stands. */
  heard(node: string, memberId: string, fact: Heard): void {
    const { key, principal, name, state, sinceMs, at, by, kept = false, ended } = fact;
    const known = this.#members.get(memberId);
    if (known === undefined && ended !== undefined) return;
    const member = known ?? this.#add(memberId, principal, key);
    const isNews = known === undefined || isLater({ at, by }, member);
    if (ended !== undefined) {
      this.without(node, memberId);
      if (!isNews) return;
      Object.assign(member, { at, by });
      this.end(member, ended);
      return;
    }
    const wasOver = member.ended !== undefined;
    // What was said before somebody ended it does not bring it back.
    if (wasOver && !(kept && (isNews || member.ended === "gone"))) return;
    member.isUnheard = kept && !isNews && isLater(member, { at, by });
    if (isNews || wasOver) {
      member.says = { ...(name === undefined ? {} : { name }), ...(state === undefined ? {} : { state }) };
      Object.assign(member, { sinceMs, at, by });
      this.#resize(member, JSON.stringify(member.says).length);
    }
    member.ended = undefined;
    if (kept) {
      member.goneMs = undefined;
      if (!member.nodes.has(node)) this.#count(principal, 1);
      member.nodes.add(node);
    } else {
      this.without(node, memberId);
      if (member.keepers.size + member.nodes.size === 0) member.goneMs ??= this.#options.steadyMs();
    }
    this.look(member);
  }

  /** No connection of that node keeps it any more. */
  without(node: string, memberId: string): void {
    const member = this.#members.get(memberId);
    if (!member?.nodes.delete(node)) return;
    this.#count(member.principal, -1);
    if (member.keepers.size + member.nodes.size > 0 || member.ended !== undefined) return;
    member.goneMs = this.#options.steadyMs();
    this.look(member);
  }

  /** A node that keeps it is to hear what is known of it here. */
  sayForOthers(member: Member<One>): void {
    if (member.ended !== undefined) return;
    member.isUnheard = true;
    this.look(member);
  }

  end(member: Member<One>, reason: LeaveReason): void {
    for (const keeper of member.keepers) this.#letGo(keeper, member);
    member.keepers.clear();
    this.#count(member.principal, -member.nodes.size);
    member.nodes.clear();
    member.goneMs = undefined;
    member.ended = reason;
    this.look(member);
  }

  /** It ends at once: another has its id. */
  yield(member: Member<One>): void {
    this.end(member, "left");
    if (member.told !== undefined) this.#tell(member, "", this.#options.steadyMs());
    this.#forget(member);
  }

  /** The connection is gone. */
  leave(keeper: One): void {
    for (const member of [...(this.#keepers.get(keeper) ?? [])]) {
      member.keepers.delete(keeper);
      this.#letGo(keeper, member);
      if (member.keepers.size > 0) continue;
      if (member.nodes.size === 0) member.goneMs = this.#options.steadyMs();
      this.look(member);
    }
  }

  /** Tells what has to be told of it now, and sees to it that the rest is told in time. */
  look(member: Member<One>): void {
    if (this.#members.get(member.memberId) !== member) return;
    const { steadyMs, lingerMs } = this.#options;
    const now = steadyMs();
    if (member.goneMs !== undefined && now >= member.goneMs + lingerMs) {
      member.goneMs = undefined;
      member.ended = "gone";
    }
    const isAnnounced = this.#announce(member, now);
    const isQuiet = now >= member.toldMs + toldEveryMs;
    const { says, sinceMs, ended } = member;
    const text = ended === undefined ? JSON.stringify([sinceMs, says.name, says.state]) : "";
    if (text === member.toldText) {
      // Its last word may be too fresh for another: until then the id stays its own.
      if (ended !== undefined && isQuiet && isAnnounced) this.#forget(member);
      else if (ended !== undefined && !isQuiet) this.#wake(member, member.toldMs + toldEveryMs);
    } else if (isQuiet) {
      this.#tell(member, text, now);
      if (ended !== undefined) this.#wake(member, now + toldEveryMs);
    } else this.#wake(member, member.toldMs + toldEveryMs);
    if (member.goneMs !== undefined) this.#wake(member, member.goneMs + lingerMs);
  }

  #tell(member: Member<One>, text: string, now: number): void {
    const { memberId, principal, says, sinceMs, ended, told } = member;
    // One that ended and came anew in between is another one.
    const type =
      ended !== undefined ? "presence_left" : told?.sinceMs === sinceMs ? "presence_updated" : "presence_joined";
    member.toldText = text;
    member.toldMs = now;
    member.told = ended === undefined ? { memberId, principal, ...says, sinceMs } : undefined;
    this.#digest -= member.digest;
    member.digest = ended === undefined ? this.#options.digest(`${memberId} ${member.at} ${member.by}`) : 0n;
    this.#digest += member.digest;
    const about = ended === undefined ? { ...says, sinceMs } : { reason: ended };
    this.#options.tell({ type, memberId, principal, ...about });
  }

  /** False: not all that is true of it may be said yet. */
  #announce(member: Member<One>, now: number): boolean {
    const { announce } = this.#options;
    if (announce === undefined) return true;
    const { announced, at, by, ended } = member;
    const isMine = by === this.#options.origin();
    const isKept = member.keepers.size > 0;
    const isEnded = ended === "left" || ended === "forbidden";
    const isKnown =
      announced === undefined
        ? !isKept && !member.isUnheard && !(isEnded && isMine)
        : announced.isKept === isKept &&
          announced.isEnded === isEnded &&
          // Who keeps it says the last word, whoever said that first: they may have forgotten it, or be gone.
          (!(isMine || isKept || member.isUnheard) || (announced.at === at && announced.by === by));
    if (isKnown) return true;
    if (now < member.announcedMs + toldEveryMs) {
      this.#wake(member, member.announcedMs + toldEveryMs);
      return false;
    }
    member.announced = { isKept, isEnded, at, by };
    member.announcedMs = now;
    announce(member);
    return true;
  }

  #resize(member: Member<One>, size: number): void {
    this.#options.grew(size - member.size);
    member.size = size;
  }

  #forget(member: Member<One>): void {
    this.#resize(member, 0);
    this.#members.delete(member.memberId);
    this.#options.forgotten(member);
    if (this.#members.size === 0) this.#options.emptied();
  }

  #wake(member: Member<One>, dueMs: number): void {
    if (dueMs >= member.dueMs) return;
    member.dueMs = dueMs;
    this.#options.at(dueMs, member);
  }

  #letGo(keeper: One, member: Member<One>): void {
    const kept = this.#keepers.get(keeper);
    kept?.delete(member);
    if (kept === undefined || kept.size > 0) return;
    this.#keepers.delete(keeper);
    this.#count(member.principal, -1);
  }

  #add(memberId: string, principal: PrincipalInfo, key: string): Member<One> {
    const member = new Member<One>(this, memberId, principal, key, this.#options.nowMs());
    this.#members.set(memberId, member);
    return member;
  }

  #count(principal: PrincipalInfo, more: number): void {
    const by = byOf(principal);
    const count = (this.#connected.get(by) ?? 0) + more;
    if (count > 0) this.#connected.set(by, count);
    else this.#connected.delete(by);
  }
}

const byOf = ({ kind, id }: PrincipalInfo): string => `${kind}:${id}`;
