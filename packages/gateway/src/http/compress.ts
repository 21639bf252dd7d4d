/**
 * Answers in one piece are gzipped for those who accept that, so that no proxy is needed for it. Not streams: each event
 * would have to be flushed by itself, at which little is saved, and what is between, proxies too, might hold it back.
 */
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { App } from "./app.ts";

const packed = promisify(gzip);

/** Shorter answers gain too little. Bytes of UTF-8. */
const leastBytes = 1_024;
/** The fastest: a higher one gains 1 to 3 % of JSON, and takes up to five times as long. */
const level = 1;

/** Before any route. Files come with their own compressed forms (dashboard.ts). */
export function compressAnswers(app: App): void {
  app.addHook<unknown>("onSend", async (request, reply, payload) => {
    if (typeof payload !== "string" || reply.hasHeader("content-encoding")) return payload;
    if (Buffer.byteLength(payload) <= leastBytes) return payload;
    // The origin may be there already.
    const varies = reply.raw.getHeader("vary");
    reply.header("vary", varies === undefined ? "accept-encoding" : `${varies}, accept-encoding`);
    if (!acceptsGzip(request.headers["accept-encoding"])) return payload;
    reply.header("content-encoding", "gzip");
    reply.removeHeader("content-length");
    return packed(payload, { level });
  });
}

/** RFC 9110 §12.5.3; a weight of 0 refuses. */
export function acceptsGzip(header: string | string[] | undefined): boolean {
  const weights = new Map<string, number>();
  for (const one of String(header ?? "")
    .toLowerCase()
    .split(",")) {
    const [coding = "", ...parameters] = one.split(";").map((part) => part.trim());
    const weight = parameters.find((parameter) => parameter.startsWith("q="));
    weights.set(coding, weight === undefined ? 1 : Number(weight.slice(2)));
  }
  return (weights.get("gzip") ?? weights.get("x-gzip") ?? weights.get("*") ?? 0) > 0;
}
