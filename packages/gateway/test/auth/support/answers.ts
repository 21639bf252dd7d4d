/** Asks an authenticator and waits for its answer. */
import { type Failure, hasFailed, type Identity } from "@signalbox/core";
import type { Caller, IdentityAuthenticator } from "../../../src/auth/identity-authenticator.ts";

export const ask = (by: IdentityAuthenticator, token: string, caller?: Caller): Promise<Identity | Failure> =>
  new Promise((resolve) => by.authenticate(token, resolve, caller));

/** The identity, or the name of the failure. */
export async function answerOf(by: IdentityAuthenticator, token: string, caller?: Caller): Promise<Identity | string> {
  const answer = await ask(by, token, caller);
  return hasFailed(answer) ? answer.failed : answer;
}
