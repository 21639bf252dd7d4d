import { createContext } from "react";
import type { TokenDesk } from "../stores/token-desk.ts";
import type { Who } from "./ask-gateway.ts";

export interface TokenUse {
  /** Whose the token is, as far as the gateway said. */
  who: Who | undefined;
  token: string | undefined;
  /** None where the gateway asks for no token. */
  desk: TokenDesk | undefined;
  forget: () => void;
  /** Another token in the place of this one; says why not. Whoever is the same goes on in the same view. */
  replace: (token: string) => Promise<"taken" | "refused" | "unreachable">;
}

/** What can be known of the token, and done about it. */
export const TokenContext = createContext<TokenUse>({
  who: undefined,
  token: undefined,
  desk: undefined,
  forget: () => {},
  replace: async () => "refused",
});
