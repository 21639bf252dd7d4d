/** What is said when something is not allowed: the same whether the channel exists or not. */
import type { ErrorData } from "@signalbox/protocol";
import { errorData } from "../errors.ts";
import type { Verb } from "./verbs.ts";

export const forbidden = (verb: Verb, channel: string): ErrorData =>
  errorData("forbidden", `this token may not ${verb} ${channel}`, { channel, verb });
