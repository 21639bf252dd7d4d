/** Names, positions and cursors, against the rules written out. */
import { deepStrictEqual, strictEqual } from "node:assert";
import { channelName, formatPosition, isChannel, isPattern, matchesPattern, parsePosition } from "@signalbox/protocol";
import fc from "fast-check";
import { Refused } from "../../packages/gateway/src/http/errors.ts";
import { parseSince } from "../../packages/gateway/src/transports/since.ts";
import { parseCursor } from "../../packages/gateway/src/transports/sse/cursor.ts";
import { pureEntry } from "../entry.ts";
import { channel, goodChannel, pattern } from "../inputs/names.ts";
import { mutated, ofLength } from "../inputs/text.ts";
import { cursorByRule, isChannelByRule, isPatternByRule, matchesByRule, positionByRule } from "../reference/names.ts";

const epoch = fc.oneof(fc.constantFrom("k3v9", "e", "last", "A_b-9"), ofLength("e", 64, 65));
const offset = fc.oneof(
  fc.nat(99).map(String),
  fc.constantFrom("00", "01", "9007199254740991", "9007199254740992", "10000000000000000"),
);
const position = mutated(
  fc.tuple(epoch, offset).map((two) => two.join(":")),
  [":", "last:"],
);
const since = fc.oneof(position, mutated(fc.constantFrom("earliest", "now", "last:1", "last:999999999", "last:0")));
const group = fc
  .tuple(epoch, fc.array(fc.tuple(goodChannel, offset), { minLength: 1, maxLength: 3 }))
  .map(([first, pairs]) => [first, ...pairs.flat()].join("*"));
const cursor = mutated(
  fc.array(group, { minLength: 1, maxLength: 3 }).map((groups) => groups.join(";")),
  ["*", ";"],
);

export const names = pureEntry({
  name: "names",
  about: "channel names, patterns, positions, since and SSE cursors against plain rules",
  parsers: [
    "packages/protocol/src/channel.ts",
    "packages/protocol/src/position.ts",
    "packages/gateway/src/transports/since.ts",
    "packages/gateway/src/transports/sse/cursor.ts",
  ],
  cases: fc.record({ channel, pattern, position, since, cursor }),
  check: (one) => {
    strictEqual(isChannel(one.channel), isChannelByRule(one.channel), "isChannel");
    strictEqual(isPattern(one.pattern), isPatternByRule(one.pattern), "isPattern");
    if (isChannelByRule(one.channel) && (isPatternByRule(one.pattern) || isChannelByRule(one.pattern))) {
      strictEqual(matchesPattern(one.pattern, one.channel), matchesByRule(one.pattern, one.channel), "matchesPattern");
    }
    strictEqual(isChannelByRule(`agent:${channelName(one.pattern)}`), true, "channelName makes a name");
    const expected = positionByRule(one.position);
    deepStrictEqual(parsePosition(one.position), expected, "parsePosition");
    if (expected !== undefined) strictEqual(formatPosition(expected), one.position, "formatPosition");
    checkSince(one.since);
    checkCursor(one.cursor);
  },
});

function checkSince(text: string): void {
  const last = text.slice("last:".length);
  const isLast = text.startsWith("last:") && last.length <= 9 && String(Number(last)) === last && Number(last) >= 1;
  const position = text.startsWith("last:") ? undefined : positionByRule(text);
  const expected =
    text === "earliest" || text === "now" ? text : isLast && /^[0-9]+$/.test(last) ? { last: Number(last) } : position;
  let found: unknown;
  try {
    found = parseSince(text, "/query/since");
  } catch (error) {
    if (!(error instanceof Refused) || error.error.name !== "invalid_position") throw error;
  }
  deepStrictEqual(found, expected, "parseSince");
}

function checkCursor(text: string): void {
  const found = parseCursor(text);
  const expected = cursorByRule(text);
  const sorted = (positions: ReadonlyMap<string, unknown> | undefined): unknown =>
    positions === undefined ? undefined : [...positions].sort(([a], [b]) => (a < b ? -1 : 1));
  deepStrictEqual(sorted(found?.positions()), sorted(expected), "parseCursor");
  if (found === undefined) return;
  deepStrictEqual(sorted(parseCursor(found.toString())?.positions()), sorted(expected), "a cursor's own text");
}
