/** What ways of authentication answer that know more than a name: who it is, and what grants it what. */
import type { Done, Identity } from "@signalbox/core";

/** Where a token came from. */
export interface Caller {
  /** Address of the peer, if there is one. */
  readonly address?: string | undefined;
}

export interface IdentityAuthenticator {
  /** Is this, by its form alone, a token that this way decides about? */
  recognises(token: string): boolean;
  /** May answer at once or later. Fails with `unauthenticated`, or with a temporary error when it cannot know. */
  authenticate(token: string, done: Done<Identity>, caller?: Caller): void;
}
