/**
 * Who is in one channel. What others are told of a member follows what is true of it, at most ten times a second: so whoever
 * comes and goes, or loses its connection and is back, is told of as it stands then, or not at all.
 */
import type { PresenceMember, PrincipalInfo } from "@signalbox/protocol";
import type { Sleeper } from "../wakes.ts";

/** Of one member. */
const toldEveryMs = 100;

type Saying = Pick<PresenceMember, "name" | "state">;

export type LeaveReason = "left" | "gone" | "forbidden";

export interface Told {
  type: "presence_joined" | "presence_updated" | "presence_left";
  memberId: string;
  principal: PrincipalInfo;
  name?: string;
  state?: Record<string, unknown>;
  sinceMs?: number;
  reason?: LeaveReason;
}

interface RosterOptions {
  lingerMs: number;
  nowMs(): number;
  steadyMs(): number;
  /** Wakes it once, then or a little later. */
  at(steadyMs: number, sleeper: Sleeper): void;
  /** Everybody is to hear of it. The roster is as it says already. */
  tell(told: Told): void;
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
  readonly #roster: Roster<One>;
  says: Saying = {};
  /** Characters of that. */
  size = 0;
  sinceMs: number;
  /** When its last connection ended, by the steady clock; undefined while it has one. */
  goneMs: number | undefined;
  /** It ended, for this reason. */
  ended: LeaveReason | undefined;
  /** As others know it: undefined while they do not. */
  told: PresenceMember | undefined;
  toldText = "";
  toldMs = Number.NEGATIVE_INFINITY;
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
  /** How many connections of each `KIND:ID` keep a member. */
  readonly #connected = new Map<string, number>();

  constructor(options: RosterOptions) {
    this.#options = options;
  }

  /** Members, and those whose leaving has only just been told. */
  get size(): number {
    return this.#members.size;
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
    if (member === undefined) {
      member = new Member(this, memberId, principal, key, nowMs());
      this.#members.set(memberId, member);
    } else if (member.ended !== undefined) {
      member.sinceMs = nowMs();
      member.says = {};
    }
    member.ended = undefined;
    member.goneMs = undefined;
    member.says = { ...member.says, ...says };
    this.#resize(member, JSON.stringify(member.says).length);
    if (!member.keepers.has(keeper)) {
      member.keepers.add(keeper);
      const kept = this.#keepers.get(keeper);
      if (kept === undefined) {
        this.#keepers.set(keeper, new Set([member]));
        this.#connected.set(byOf(principal), (this.#connected.get(byOf(principal)) ?? 0) + 1);
      } else kept.add(member);
    }
    this.look(member);
  }

  end(member: Member<One>, reason: LeaveReason): void {
    for (const keeper of member.keepers) this.#letGo(keeper, member);
    member.keepers.clear();
    member.goneMs = undefined;
    member.ended = reason;
    this.look(member);
  }

  /** The connection is gone. */
  leave(keeper: One): void {
    for (const member of [...(this.#keepers.get(keeper) ?? [])]) {
      member.keepers.delete(keeper);
      this.#letGo(keeper, member);
      if (member.keepers.size > 0) continue;
      member.goneMs = this.#options.steadyMs();
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
    const isQuiet = now >= member.toldMs + toldEveryMs;
    const { says, sinceMs, ended } = member;
    const text = ended === undefined ? JSON.stringify([sinceMs, says.name, says.state]) : "";
    if (text === member.toldText) {
      // Its last word may be too fresh for another: until then the id stays its own.
      if (ended !== undefined && isQuiet) this.#forget(member);
      else if (ended !== undefined) this.#wake(member, member.toldMs + toldEveryMs);
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
    const about = ended === undefined ? { ...says, sinceMs } : { reason: ended };
    this.#options.tell({ type, memberId, principal, ...about });
  }

  #resize(member: Member<One>, size: number): void {
    this.#options.grew(size - member.size);
    member.size = size;
  }

  #forget(member: Member<One>): void {
    this.#resize(member, 0);
    this.#members.delete(member.memberId);
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
    const by = byOf(member.principal);
    const others = (this.#connected.get(by) ?? 1) - 1;
    if (others > 0) this.#connected.set(by, others);
    else this.#connected.delete(by);
  }
}

const byOf = ({ kind, id }: PrincipalInfo): string => `${kind}:${id}`;
