/** Several ways of authentication as one: the first that recognises a token decides about it. */
import { type Done, hasFailed, type Identity } from "@signalbox/core";
import type { Caller, IdentityAuthenticator } from "./identity-authenticator.ts";

/** `isRevoked` has the last word. A token that nobody recognises is unknown. */
export function firstOf(
  ways: readonly IdentityAuthenticator[],
  isRevoked: (identity: Identity) => boolean = () => false,
): IdentityAuthenticator {
  const wayOf = (token: string) => ways.find((way) => way.recognises(token));
  return {
    recognises: (token) => wayOf(token) !== undefined,
    authenticate: (token: string, done: Done<Identity>, caller?: Caller) => {
      const way = wayOf(token);
      if (way === undefined) done({ failed: "unauthenticated", message: "this token is not known here" });
      else
        way.authenticate(token, (answer) => done(hasFailed(answer) || !isRevoked(answer) ? answer : revoked), caller);
    },
  };
}

const revoked = { failed: "unauthenticated", message: "this token was revoked" } as const;
