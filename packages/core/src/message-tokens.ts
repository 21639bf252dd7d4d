/** Events that bring a token of their own: each is published with that token's rights, not the connection's. */
import type { Draft } from "@signalbox/protocol";
import { type Actor, type Failure, type HubPorts, hasFailed, type Principal } from "./hub-ports.ts";

/** Different tokens in one frame; each is verified for itself. */
const tokensAtMost = 16;

const wrong: Failure = { failed: "unauthenticated", message: "metadata.token must be a text of 1 to 16384 characters" };
const tooMany: Failure = { failed: "invalid_message", message: `a frame has at most ${tokensAtMost} different tokens` };
const foreign: Failure = { failed: "forbidden", message: "metadata.token is of another tenant than the connection" };

const tokenOf = ({ metadata }: Draft): unknown =>
  metadata !== undefined && Object.hasOwn(metadata, "token") ? Reflect.get(metadata, "token") : undefined;

const hasToken = (draft: Draft): boolean => tokenOf(draft) !== undefined;

/** Who each event is published as. */
export type PrincipalOf = (draft: Draft) => Principal | Failure;

/** Calls back at once when no event has a token, or all tokens are verified at once. */
export function findPrincipals(
  drafts: readonly Draft[],
  { principal, address }: Actor,
  ports: Pick<HubPorts, "authenticate">,
  done: (of: PrincipalOf) => void,
): void {
  if (!drafts.some(hasToken)) {
    done(() => principal);
    return;
  }
  const tokens = new Set(drafts.map(tokenOf));
  tokens.delete(undefined);
  const found = new Map<unknown, Principal | Failure>();
  let waiting = 1;
  const arrived = (): void => {
    waiting--;
    if (waiting > 0) return;
    done((draft) => {
      const token = tokenOf(draft);
      return token === undefined ? principal : (found.get(token) ?? wrong);
    });
  };
  for (const token of tokens) {
    if (typeof token !== "string" || token === "" || token.length > 16_384) {
      found.set(token, wrong);
    } else if (tokens.size > tokensAtMost) {
      found.set(token, tooMany);
    } else {
      waiting++;
      ports.authenticate(token, address, (answer) => {
        found.set(token, hasFailed(answer) || answer.tenant === principal.tenant ? answer : foreign);
        arrived();
      });
    }
  }
  arrived();
}
