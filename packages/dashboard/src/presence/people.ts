/** Members of a channel as people: each once, however many pages they have open. */
import type { PresenceMember } from "@signalbox/protocol";

export interface Person {
  /** `KIND:ID`, as the gateway knows them: nobody can call themselves somebody else. */
  principal: string;
  isMe: boolean;
  /** What they look at, as they say; undefined: they do not say it. */
  at: unknown;
  sinceMs: number;
}

/** Who is here, longest first; this person before all others. The page that was moved in last says where they look. */
export function peopleOf(members: readonly PresenceMember[], me: string | undefined): readonly Person[] {
  const people = new Map<string, Person & { movedMs: number }>();
  for (const { principal: who, state, sinceMs } of members) {
    const principal = `${who.kind}:${who.id}`;
    const before = people.get(principal);
    const moved = state?.movedMs;
    const movedMs = typeof moved === "number" ? moved : 0;
    const isNewer = before === undefined || movedMs > before.movedMs;
    people.set(principal, {
      ...{ principal, isMe: principal === me },
      at: isNewer ? state?.at : before.at,
      movedMs: isNewer ? movedMs : before.movedMs,
      sinceMs: Math.min(sinceMs, before?.sinceMs ?? sinceMs),
    });
  }
  return [...people.values()]
    .map(({ movedMs: _movedMs, ...person }) => person)
    .sort((a, b) => Number(b.isMe) - Number(a.isMe) || a.sinceMs - b.sinceMs);
}

/** `ada.lovelace@x.org` → `AL`; `bob` → `BO`. */
export function initials(principal: string): string {
  const name = principal.slice(principal.indexOf(":") + 1).split("@", 1)[0] ?? "";
  const words = name.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== "");
  const [first = "?", second] = words;
  const letters = second === undefined ? [...first].slice(0, 2) : [[...first][0], [...second][0]];
  return letters.join("").toUpperCase();
}
