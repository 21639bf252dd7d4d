/** Where this application lives, and which gateway it shows: it may be served below any prefix, and by anybody. */

/** `/`, or `/prefix/`: the folder above this script's `assets/`. */
export const basePath = import.meta.env.DEV ? "/" : new URL(/* @vite-ignore */ "..", import.meta.url).pathname;

const key = `signalbox.gateway:${basePath}`;

/** The parts of the browser that are touched. */
export interface GatewayPlaces {
  origin: string;
  search: string;
  storage: Pick<Storage, "getItem" | "setItem" | "removeItem">;
  /** Replaces the address's query without a new entry in the history. */
  replaceSearch: (search: string) => void;
}

export interface GatewayPlace {
  /** Without a slash at the end. */
  url: string;
  /** It is the one that serves this page, or is taken for it. */
  isOwn: boolean;
}

/**
 * A page that a gateway serves shows that gateway. Any other server's page is told once, by `?gateway=https://…`, and
 * the browser keeps it.
 */
export function takeGateway({ origin, search, storage, replaceSearch }: GatewayPlaces): GatewayPlace {
  const own = origin + basePath.replace(/\/$/, "");
  const query = new URLSearchParams(search);
  const asked = query.get("gateway");
  if (asked !== null) {
    query.delete("gateway");
    replaceSearch(query.size > 0 ? `?${query}` : "");
    const url = gatewayIn(asked);
    if (url === own || asked === "") storage.removeItem(key);
    else if (url !== undefined) storage.setItem(key, url);
  }
  const url = gatewayIn(storage.getItem(key) ?? "") ?? own;
  return { url, isOwn: url === own };
}

/** From now on; false: it is no address of a gateway. */
export function keepGateway(storage: GatewayPlaces["storage"], text: string): boolean {
  const url = gatewayIn(text.trim());
  if (url !== undefined) storage.setItem(key, url);
  return url !== undefined;
}

export const forgetGateway = (storage: GatewayPlaces["storage"]): void => storage.removeItem(key);

/** `http(s)://host[:port][/path]`; undefined: it is none. */
function gatewayIn(text: string): string | undefined {
  if (!/^https?:\/\//i.test(text)) return undefined;
  try {
    const { origin, pathname } = new URL(text);
    return origin + pathname.replace(/\/+$/, "");
  } catch {
    return undefined;
  }
}

let taken: GatewayPlace | undefined;

/** The gateway that this page shows. */
export function gateway(): GatewayPlace {
  taken ??= takeGateway({
    origin: location.origin,
    search: location.search,
    storage: localStorage,
    replaceSearch: (search) => history.replaceState(history.state, "", location.pathname + search + location.hash),
  });
  return taken;
}
