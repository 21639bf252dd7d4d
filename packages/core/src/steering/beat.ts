/** What nodes tell each other about once a second: who was heard at them (§9.4). Its topic is `beat`. */

/** The channel of a lease, its epoch, and whether its producer published something that shows progress. */
export type Heard = readonly [channel: string, epoch: number, hasMoved: boolean];
/** A channel, and who drives it and was seen. */
export type Seen = readonly [channel: string, driver: string];
/** The channel of a lease, its epoch, and the offset of the event that says that its agent is stuck. */
export type Stuck = readonly [channel: string, epoch: number, offset: number];

export interface Beat {
  heard: readonly Heard[];
  seen: readonly Seen[];
  stuck: readonly Stuck[];
}

/** In one message, of each. */
const atOnce = 500;

/** As texts that are not too long, at least one: also one that tells nothing says that its node is there. */
export function beatTexts({ heard, seen, stuck }: Beat): string[] {
  const texts: string[] = [];
  for (let from = 0; from < Math.max(1, heard.length, seen.length, stuck.length); from += atOnce) {
    const part = <Item>(all: readonly Item[]): Item[] => all.slice(from, from + atOnce);
    texts.push(JSON.stringify({ heard: part(heard), seen: part(seen), stuck: part(stuck) }));
  }
  return texts;
}

/** What another node told, of whatever version: what is not understood is passed over. */
export function readBeat(text: string): Beat {
  const told: unknown = JSON.parse(text);
  return {
    heard: rowsIn(told, "heard", isHeard),
    seen: rowsIn(told, "seen", isSeen),
    stuck: rowsIn(told, "stuck", isStuck),
  };
}

function rowsIn<Row>(told: unknown, name: string, isRow: (row: readonly unknown[]) => boolean): Row[] {
  const rows: unknown = Reflect.get(Object(told), name);
  if (!Array.isArray(rows)) return [];
  return (rows as unknown[]).filter((row) => Array.isArray(row) && isRow(row)) as Row[];
}

const isHeard = ([channel, epoch, hasMoved]: readonly unknown[]): boolean =>
  typeof channel === "string" && typeof epoch === "number" && typeof hasMoved === "boolean";
const isSeen = ([channel, driver]: readonly unknown[]): boolean =>
  typeof channel === "string" && typeof driver === "string";
const isStuck = ([channel, epoch, offset]: readonly unknown[]): boolean =>
  typeof channel === "string" && typeof epoch === "number" && typeof offset === "number";
