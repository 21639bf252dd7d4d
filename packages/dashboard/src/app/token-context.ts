import { createContext } from "react";

/** What the menu can do about the token. */
export const TokenContext = createContext<{ forget: () => void }>({ forget: () => {} });
