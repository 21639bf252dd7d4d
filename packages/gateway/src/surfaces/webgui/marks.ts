/** What nodes tell each other on a channel of its own, in the order of the messages they hear (S§5.6). Pure. */
import { membersIn } from "../members.ts";

export interface Mark {
  /** A new section begins. */
  id?: string | undefined;
  /** Everything before this mark has been published. */
  settled?: string | undefined;
  /** The node has just begun to listen: others say whether they heard what came before. */
  joins?: boolean | undefined;
  /** The first mark of a reader that may not have heard everything: others publish what they hold. */
  asks?: boolean | undefined;
  /** Somebody heard what came before this mark. */
  heard?: string | undefined;
  /** There is no reader now. */
  left?: boolean | undefined;
}

export const markText = (mark: Mark): string => JSON.stringify(mark);

export function readMark(text: string): Mark {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return {};
  }
  const members = membersIn(parsed);
  return {
    id: members.text("id"),
    settled: members.text("settled"),
    joins: members.value("joins") === true,
    asks: members.value("asks") === true,
    heard: members.text("heard"),
    left: members.value("left") === true,
  };
}
