/** What is said when something is not allowed: the same whether the channel exists or not. */
import type { ErrorData } from "@signalbox/protocol";
import { errorData } from "../errors.ts";
import type { Verb } from "./verbs.ts";

const words: Readonly<Record<Verb, string>> = {
  subscribe: "subscribe to",
  history: "read the history of",
  publish: "publish to",
  presence: "be present in",
  command: "give commands in",
  approve: "decide checkpoints in",
  admin: "administer",
};

export const forbidden = (verb: Verb, channel: string): ErrorData =>
  errorData("forbidden", `this token may not ${words[verb]} ${channel}`, { channel, verb });
