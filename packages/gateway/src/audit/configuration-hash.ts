/** What the audit says of the configuration at a start. */
import { hash } from "node:crypto";
import { canonicalJson } from "@signalbox/core";
import type { GatewayConfig } from "../config/load.ts";

/** Of what decides who may do what and how long things are kept: tells that it changed, and none of it. */
export function configurationHash({
  limits,
  rates,
  namespaces,
  roles,
  hide,
  redaction,
  queryToken,
}: GatewayConfig): string {
  return `sha256:${hash("sha256", canonicalJson({ limits, rates, namespaces, roles, hide, redaction, queryToken }))}`;
}
