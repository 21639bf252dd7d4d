/** What can be told of JSON text without parsing it. Deep or many-keyed text of 1 MB costs its parser 100 ms, and this 2 ms. */
import type { Limits } from "./limits.ts";

/** Shorter text cannot hold enough to hurt. */
const harmlessLength = 4_096;

const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;
const comma = 0x2c;
const [openList, closeList, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * What makes text too deep or too many-keyed for any message in it; undefined when nothing does, also where it is not
 * JSON. Says no more than decodeValue would say of what was parsed, except that a key written twice counts twice.
 * @param around How many containers the messages are in; absent: 1 where the text begins with a list, else 0.
 */
export function refuseOutline(
  text: string,
  limits: Pick<Limits, "jsonDepth" | "jsonKeys">,
  around = /^\s*\[/.test(text) ? 1 : 0,
): { path: string; rule: string } | undefined {
  if (text.length < harmlessLength) return undefined;
  let depth = 0;
  let keys = 0;
  let index = 0;
  /** The messages are in a list: a comma there begins the next one. */
  let listed = false;
  /** Where the last string began and ended. */
  let from = 0;
  let to = 0;
  /** Inside `positions` of a message's data, whose keys are not counted; the depth of that data. */
  let uncounted = 0;
  const refuse = (rule: string): { path: string; rule: string } => ({ path: listed ? `/${index}` : "", rule });

  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case quote:
        from = at + 1;
        to = stringEnd(text, from);
        if (to < 0) return undefined;
        at = to;
        break;
      case openList:
      case openObject:
        depth++;
        if (depth === around) listed = text.charCodeAt(at) === openList;
        if (depth - around > limits.jsonDepth) return refuse(`must not nest deeper than ${limits.jsonDepth}`);
        break;
      case closeList:
      case closeObject:
        depth--;
        if (depth < uncounted) uncounted = 0;
        break;
      case comma:
        if (depth === uncounted) uncounted = 0;
        if (depth === around && listed) {
          keys = 0;
          index++;
        }
        break;
      case colon:
        if (uncounted > 0) break;
        keys++;
        if (keys > limits.jsonKeys) return refuse(`must have at most ${limits.jsonKeys} keys`);
        if (depth === around + 2 && to - from === "positions".length && text.startsWith("positions", from)) {
          uncounted = depth;
        }
        break;
    }
  }
  return undefined;
}

/** Where the quote is that ends the string; -1 when there is none. */
function stringEnd(text: string, from: number): number {
  for (let end = text.indexOf('"', from); end >= 0; end = text.indexOf('"', end + 1)) {
    let escapes = 0;
    while (end - escapes > from && text.charCodeAt(end - escapes - 1) === backslash) escapes++;
    if (escapes % 2 === 0) return end;
  }
  return -1;
}
