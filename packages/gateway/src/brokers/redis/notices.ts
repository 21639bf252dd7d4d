/** What nodes tell each other over Pub/Sub, beside what the scripts publish (messages.ts): netstrings as there. */
import { packFields, unpackFields } from "./messages.ts";

export type Word =
  /** On a channel's own Pub/Sub channel. */
  | { is: "passed"; node: string; body: string }
  /** On the one for all: of a node, that it goes, or that something it told may not have been heard. */
  | { is: "told"; node: string; topic: string; body: string }
  | { is: "bye"; node: string }
  | { is: "lost"; node: string };

export function packWord(word: Word): string {
  switch (word.is) {
    case "passed":
      return packFields([word.is, word.node, word.body]);
    case "told":
      return packFields([word.is, word.node, word.topic, word.body]);
    default:
      return packFields([word.is, word.node]);
  }
}

/** `undefined`: it is none, or one of a later version. */
export function unpackWord(message: Buffer): Word | undefined {
  const [is, node, ...rest] = unpackFields(message) ?? [];
  if (node === undefined) return undefined;
  const [first = "", second = ""] = rest;
  if (is === "passed") return { is, node, body: first };
  if (is === "told") return { is, node, topic: first, body: second };
  if (is === "bye" || is === "lost") return { is, node };
  return undefined;
}
