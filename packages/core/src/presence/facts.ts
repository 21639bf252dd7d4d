/** What a node says of a member to other nodes: how it stands by its word, and whether it keeps it. */
import type { Heard, Member } from "./roster.ts";

/** A member's place in the table that nodes share. */
export const placeOf = (channel: string, memberId: string): string => `${memberId} ${channel}`;

export function fromPlace(place: string): { channel: string; memberId: string } {
  const end = place.indexOf(" ");
  return { memberId: place.slice(0, end), channel: place.slice(end + 1) };
}

export function factOf({ key, principal, says, sinceMs, at, by, keepers, ended }: Member<object>): Heard {
  return {
    ...{ key, principal, ...says, sinceMs, at, by },
    ...(keepers.size > 0 ? { kept: true as const } : {}),
    ...(ended === "left" || ended === "forbidden" ? { ended } : {}),
  };
}

/** Checked as far as another version could be other: nodes of one cluster trust each other. */
export function readFact(value: unknown): Heard | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { key, principal, sinceMs, at, by } = value as Partial<Heard>;
  const isFact =
    typeof key === "string" && typeof principal === "object" && typeof sinceMs === "number" && typeof at === "number";
  return isFact && typeof by === "string" ? (value as Heard) : undefined;
}

/** Is the member that another node speaks of not the one that is here, and does it have the id? It was here first. */
export const takesOver = (fact: Heard, member: Member<object>): boolean =>
  fact.kept === true &&
  (member.ended !== undefined ||
    fact.sinceMs < member.sinceMs ||
    (fact.sinceMs === member.sinceMs && fact.key < member.key));
