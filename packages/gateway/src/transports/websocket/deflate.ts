/** permessage-deflate (RFC 7692): what of it is negotiated. What goes out is deflated in compressor.ts, what comes in by ws. */
import type { PerMessageDeflateOptions } from "ws";

/** Both sides forget what came before: frames can be shared, and a connection keeps no window. */
export const deflateOptions: PerMessageDeflateOptions = {
  serverNoContextTakeover: true,
  clientNoContextTakeover: true,
  // Threads that inflate at once, over all connections: as many as Node has for such work.
  concurrencyLimit: 4,
};

/**
 * Not those that ask for a smaller window of the gateway: frames are shared by all, and made with the largest. What is
 * malformed is left out too, as the RFC says; the connection then works without.
 */
const wellFormed =
  /^permessage-deflate(\s*;\s*((client|server)_no_context_takeover|client_max_window_bits(=("?)([89]|1[0-5])\5)?))*$/;

/** The offers that can be taken; `undefined` when there is none. */
export function acceptable(offered: string | undefined): string | undefined {
  const taken = (offered ?? "").split(",").filter((offer) => wellFormed.test(offer.trim()));
  return taken.length === 0 ? undefined : taken.join(",");
}
