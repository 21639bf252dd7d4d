/** V7: any way of writing where a gateway is becomes the one that the client takes, and transports map back. */

/** `ws://host/v1/ws`, `wss://host/box/`, `host:7400`, `[::1]:7400` … as `http(s)://host[:port][/path]`. Throws if it is none. */
export function gatewayUrl(text: string): string {
  const { protocol, host, pathname } = new URL(
    /^[a-z]+:\/\//i.test(text) ? text.replace(/^ws/i, "http") : `http://${text}`,
  );
  if (!protocol.startsWith("http")) throw new TypeError(`No address of a gateway: ${text}`);
  return `${protocol}//${host}${pathname.replace(/\/v1\/ws\/?$/, "").replace(/\/+$/, "")}`;
}
