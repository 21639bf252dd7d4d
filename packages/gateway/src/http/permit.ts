/** Rights at the routes. What is denied looks the same whether it exists or not. */
import { forbidden, type Principal, type Verb } from "@signalbox/core";
import { Refused } from "./errors.ts";

/** Throws Refused unless the principal may do this with the channel. */
export function permit({ rights }: Principal, verb: Verb, channel: string): void {
  if (!rights.may(verb, channel)) throw new Refused(forbidden(verb, channel));
}

/** The part of a pattern that the principal may do this with, as `rights.within`. Throws Refused when that is nothing. */
export function permitted({ rights }: Principal, verb: Verb, pattern: string): readonly string[] {
  const parts = rights.within(verb, pattern);
  if (parts.length === 0) throw new Refused(forbidden(verb, pattern));
  return parts;
}
