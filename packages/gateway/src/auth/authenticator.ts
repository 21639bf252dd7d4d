/** What every way of authentication answers: who a token speaks for. */
import type { Done, Principal } from "@signalbox/core";

export interface Authenticator {
  /** Fails with `unauthenticated` for a token it does not know; may answer at once or later. */
  authenticate(token: string, done: Done<Principal>): void;
}
