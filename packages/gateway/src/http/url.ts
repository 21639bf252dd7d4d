/** The address at which programs and browsers of this machine find the gateway. */
import type { AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";
import type { GatewayConfig } from "../config/load.ts";
import type { Certificate } from "./certificate.ts";

/** With TLS by a name that the certificate has, if one is known: called otherwise the gateway would not be believed. */
export function urlOf(bound: AddressInfo, config: GatewayConfig, certificate: Certificate | undefined): string {
  const address = callable(bound);
  if (certificate === undefined) return `http://${address}:${bound.port}`;
  const local = address === "127.0.0.1" || address === "[::1]" ? ["localhost"] : [];
  const names = [address, ...local, config.host, ...config.allowedHosts.map(withoutPort)];
  return `https://${names.find((name) => certificate.covers(name)) ?? address}:${bound.port}`;
}

/** The address at which other nodes find the gateway; `undefined`: it listens on several, and nobody said which. */
export function nodeUrlOf(
  { address, port }: AddressInfo,
  { nodeUrl, tls }: Pick<GatewayConfig, "nodeUrl" | "tls">,
  interfaces: ReturnType<typeof networkInterfaces> = networkInterfaces(),
): string | undefined {
  if (nodeUrl !== undefined) return nodeUrl;
  const own = address === "0.0.0.0" || address === "::" ? onlyAddress(interfaces) : address;
  if (own === undefined) return undefined;
  return `${tls === undefined ? "http" : "https"}://${own.includes(":") ? `[${own}]` : own}:${port}`;
}

/** As a container has one. */
function onlyAddress(interfaces: ReturnType<typeof networkInterfaces>): string | undefined {
  const all = Object.values(interfaces).flatMap((each) => each ?? []);
  const outside = all.filter(({ internal, family }) => !internal && family === "IPv4");
  return outside.length === 1 ? outside[0]?.address : undefined;
}

/** An address that a browser on this machine can open. */
function callable({ address, family }: AddressInfo): string {
  if (address === "0.0.0.0") return "127.0.0.1";
  if (address === "::") return "[::1]";
  return family === "IPv6" ? `[${address}]` : address;
}

const withoutPort = (host: string): string => host.replace(/:[0-9]+$/, "");
