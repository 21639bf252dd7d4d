/**
 * Which of several nodes carries a session on: the one that took its order, and once that is gone one that all others agree on
 * by its id (the highest hash of both), without asking each other. Nodes may disagree for the moments until each knows who is
 * there, and a node that was asked to start or stop a session looks after it once itself. So two may do the same step: that is
 * harmless, since each step is a command with an id of its own, or an event whose key says how the session stood (run.ts),
 * and the store keeps either once. A lease would add a write a second for each session, and would not save that: who holds one
 * may have lost it by the time its step is kept. Pure.
 */

/** `takenBy`: name of the node that took the order. `working`: names of the nodes that are there; at least one. */
export function driverOf(
  order: string,
  takenBy: string,
  working: readonly string[],
  sha256: (text: string) => string,
): string {
  if (working.includes(takenBy)) return takenBy;
  const ranked = working.map((name) => ({ name, rank: sha256(`${order}\n${name}`) }));
  return ranked.reduce((best, one) => (one.rank > best.rank ? one : best)).name;
}
