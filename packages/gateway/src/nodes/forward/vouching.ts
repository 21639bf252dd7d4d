/**
 * What a node says of a request that it passes on, so that the next one can believe it and nobody else can say it: whom the
 * request comes from, to which node it goes and when, authenticated by the secret that only nodes have. Pure.
 */
import { createHmac, timingSafeEqual } from "node:crypto";

export const vouchingHeader = "signalbox-forwarded";

/** What is passed on. */
export interface Passed {
  method: string;
  /** Path and query. */
  url: string;
}

export interface Vouched {
  /** Mark of the node that it is for. */
  to: string;
  /** Of the client, as the first node knows it. */
  address: string;
  /** Milliseconds since 1970. */
  atMs: number;
}

/** Clocks of nodes may differ, and a request that was recorded may not be sent again for long. */
const leewayMs = 60_000;
const longest = 1_024;

export function vouch(secret: Buffer, { to, address, atMs }: Vouched, passed: Passed): string {
  const claim = Buffer.from(JSON.stringify([to, address, atMs])).toString("base64url");
  return `${claim}.${macOf(secret, claim, passed).toString("base64url")}`;
}

/** `undefined`: no node says so, or not now. */
export function believed(secret: Buffer, header: string, passed: Passed, nowMs: number): Vouched | undefined {
  const [claim = "", mac = "", ...more] = header.length > longest ? [] : header.split(".");
  const given = Buffer.from(mac, "base64url");
  const right = macOf(secret, claim, passed);
  if (more.length > 0 || given.length !== right.length || !timingSafeEqual(given, right)) return undefined;
  // A node wrote it.
  const [to, address, atMs] = JSON.parse(Buffer.from(claim, "base64url").toString()) as [string, string, number];
  return Math.abs(nowMs - atMs) <= leewayMs ? { to, address, atMs } : undefined;
}

const macOf = (secret: Buffer, claim: string, { method, url }: Passed): Buffer =>
  createHmac("sha256", secret).update(`signalbox.forward.v1\n${claim}\n${method}\n${url}`).digest();
