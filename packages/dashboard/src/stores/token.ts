/** The token: arrives once as `#token=…` in the address, is kept by the browser, leaves the address at once. */
import { basePath, type GatewayPlace } from "./place.ts";

/** Each gateway has its own: what one is given no other is shown. */
export const tokenKey = ({ url, isOwn }: GatewayPlace): string => `signalbox.token:${isOwn ? basePath : url}`;

/** The parts of the browser that are touched. */
export interface TokenPlaces {
  /** Under which the token is kept. */
  key: string;
  hash: string;
  storage: Pick<Storage, "getItem" | "setItem" | "removeItem">;
  /** Replaces the address's fragment without a new entry in the history. */
  replaceHash: (hash: string) => void;
}

/** The token to use: the address's, which is then kept, or the one kept before. */
export function takeToken(places: TokenPlaces): string | undefined {
  const fragment = new URLSearchParams(places.hash.replace(/^#/, ""));
  const given = fragment.get("token");
  if (given !== null) {
    fragment.delete("token");
    places.replaceHash(fragment.size > 0 ? `#${fragment}` : "");
    if (given !== "") keepToken(places, given);
  }
  return given || (places.storage.getItem(places.key) ?? undefined);
}

type Kept = Pick<TokenPlaces, "key" | "storage">;

export const keepToken = ({ key, storage }: Kept, token: string): void => storage.setItem(key, token);

export const forgetToken = ({ key, storage }: Kept): void => storage.removeItem(key);

/** What people paste may be the whole line that `signalbox serve` printed. */
export const tokenIn = (pasted: string): string => /[#&]token=([^&\s]+)/.exec(pasted)?.[1] ?? pasted.trim();

export const browserPlaces = (gateway: GatewayPlace): TokenPlaces => ({
  key: tokenKey(gateway),
  hash: location.hash,
  storage: localStorage,
  replaceHash: (hash) => history.replaceState(history.state, "", location.pathname + location.search + hash),
});
