/** The right to look after a tenant as a whole: its connections, keys and audit. */
import type { Principal } from "@signalbox/core";
import { refused } from "./errors.ts";

/** Throws Refused unless the principal has the right `admin` on all channels of its tenant. */
export function administer({ rights }: Principal): void {
  if (rights.covers("admin", "*")) return;
  throw refused("forbidden", "this takes the right admin on all channels", { channel: "*", verb: "admin" });
}
