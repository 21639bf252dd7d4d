/** Where this application lives: it may be served below any prefix. */

/** `/`, or `/prefix/`: the folder above this script's `assets/`. */
export const basePath = import.meta.env.DEV ? "/" : new URL(/* @vite-ignore */ "..", import.meta.url).pathname;

/** The gateway that served this page. */
export const gatewayUrl = (): string => location.origin + basePath.replace(/\/$/, "");
