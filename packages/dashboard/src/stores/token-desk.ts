/** Hands the client its token, and asks a person for another when that one has ended. */
import type { LinkState, Readable } from "@signalbox/client";
import { cell } from "./readable.ts";

/** `ending`: it still works, not for long. `ended`: nothing goes on without another. */
export type TokenWanted = "ending" | "ended" | undefined;

export interface TokenDesk {
  readonly wanted: Readable<TokenWanted>;
  /** The client asks: before each connection, before the token's end, and where it was refused. */
  ask(link: LinkState): string | Promise<string>;
  /** A person gave another. */
  give(token: string): void;
}

/** Of spec/codes.json: the token is missing or refused; it has ended. */
const unauthorized = 3501;
const tokenExpired = 3506;

export const isAboutToken = ({ reason }: Pick<LinkState, "reason">): boolean =>
  reason !== undefined &&
  (reason.code === unauthorized || reason.code === tokenExpired || reason.name === "unauthenticated");

export function tokenDesk(first: string): TokenDesk {
  const wanted = cell<TokenWanted>(undefined);
  let token = first;
  /** Handed out last: asked for again it is only good if it was not refused. */
  let used: string | undefined;
  let waiting: Array<(token: string) => void> = [];
  const handOut = (): string => {
    used = token;
    return token;
  };
  return {
    wanted,
    ask: (link) => {
      if (token !== used) return handOut();
      if (link.state === "live") {
        wanted.set("ending");
        // It is asked for again soon; meanwhile nothing has to wait.
        throw new Error("nobody has given another token yet");
      }
      if (!isAboutToken(link)) return token;
      wanted.set("ended");
      return new Promise((resolve) => waiting.push(resolve));
    },
    give: (next) => {
      token = next;
      wanted.set(undefined);
      const all = waiting;
      waiting = [];
      if (all.length > 0) handOut();
      for (const resolve of all) resolve(next);
    },
  };
}
