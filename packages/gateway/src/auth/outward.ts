/** Asks another server for a small JSON document: an address out of the configuration, within a time and a size. */

export interface Answer {
  status: number;
  /** Of a 200; otherwise undefined. */
  body: unknown;
}

interface Limits {
  timeoutMs: number;
  maxBytes: number;
  headers?: Record<string, string>;
}

const onThisMachine: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Throws Error with a sentence about an address that may not be asked. */
export function checkAddress(address: string, what: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined) throw new Error(`${what} is not a URL: ${address}`);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && onThisMachine.has(url.hostname))) {
    throw new Error(`${what} must be https, or http on this machine: ${address}`);
  }
  if (url.username !== "" || url.password !== "" || url.hash !== "") {
    throw new Error(`${what} must have no user, password or fragment`);
  }
  return url;
}

/** Follows no redirect. Rejects when there is no answer in time, it is too large, or a 200 that is not JSON. */
export async function askJson(url: URL, { timeoutMs, maxBytes, headers = {} }: Limits): Promise<Answer> {
  const response = await fetch(url, {
    redirect: "manual",
    signal: AbortSignal.timeout(timeoutMs),
    headers: { accept: "application/json", ...headers },
  });
  if (response.status !== 200 || response.body === null) {
    await response.body?.cancel();
    return { status: response.status, body: undefined };
  }
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body) {
    bytes += part.byteLength;
    // Leaving the loop cancels the rest. What counts is the size after decompression.
    if (bytes > maxBytes) throw new Error(`the answer of ${url.host} is over ${maxBytes} bytes`);
    parts.push(part);
  }
  return { status: 200, body: JSON.parse(Buffer.concat(parts).toString("utf8")) };
}
