/** The address at which programs and browsers of this machine find the gateway. */
import type { AddressInfo } from "node:net";
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

/** An address that a browser on this machine can open. */
function callable({ address, family }: AddressInfo): string {
  if (address === "0.0.0.0") return "127.0.0.1";
  if (address === "::") return "[::1]";
  return family === "IPv6" ? `[${address}]` : address;
}

const withoutPort = (host: string): string => host.replace(/:[0-9]+$/, "");
