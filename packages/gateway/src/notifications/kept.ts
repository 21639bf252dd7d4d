/** What is kept of notifications: keys that are made once, who is told where, and what was told. Files beside the data, or documents of the store that nodes share. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Notice, Standing } from "@signalbox/core";
import type { Kept, KeptFormat } from "../auth/kept.ts";
import { KeptFile } from "../auth/kept-file.ts";
import type { SharedDocuments } from "../auth/shared-documents.ts";
import type { Endpoint } from "./carrier.ts";

/** Made by whoever needs them first. */
export interface Keys {
  readonly version: 1;
  readonly vapid?: { readonly publicKey: string; readonly privateKey: string };
  /** Signs links; base64url. */
  readonly linkSecret?: string;
}

export interface Endpoints {
  readonly version: 1;
  readonly endpoints: readonly Endpoint[];
}

export interface Ledger {
  readonly version: 1;
  /** By what they are about, then by whom they tell. */
  readonly notices: Readonly<Record<string, Readonly<Record<string, Notice>>>>;
  /** By endpoint. */
  readonly standings: Readonly<Record<string, Standing>>;
  /** Links that were used: hashes of them, and until when that has to be known. */
  readonly used: Readonly<Record<string, number>>;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Only this code writes them: what is of this version has the right form. */
const reader =
  <Content extends { version: 1 }>(...members: ReadonlyArray<keyof Content>) =>
  (value: unknown): Content | undefined =>
    isRecord(value) && value.version === 1 && members.every((name) => typeof value[String(name)] === "object")
      ? (value as unknown as Content)
      : undefined;

const keysFormat: KeptFormat<Keys> = { empty: { version: 1 }, read: reader<Keys>() };
const endpointsFormat: KeptFormat<Endpoints> = {
  empty: { version: 1, endpoints: [] },
  read: reader<Endpoints>("endpoints"),
};
const ledgerFormat: KeptFormat<Ledger> = {
  empty: { version: 1, notices: {}, standings: {}, used: {} },
  read: reader<Ledger>("notices", "standings", "used"),
};

export interface KeptNotifications {
  readonly keys: Kept<Keys>;
  readonly endpoints: Kept<Endpoints>;
  readonly ledger: Kept<Ledger>;
}

/** `documents`: where nodes share a store. Rejects when something is there that cannot be read. */
export async function openNotifications(
  dataDir: string,
  documents: SharedDocuments | undefined,
  onProblem: (problem: string) => void,
): Promise<KeptNotifications> {
  const open = async <Content>(name: string, format: KeptFormat<Content>): Promise<Kept<Content>> => {
    const path = join(dataDir, `${name}.json`);
    return documents === undefined ? new KeptFile({ ...format, path, onProblem }) : documents.open(name, format, path);
  };
  return {
    keys: await open("notification-keys", keysFormat),
    endpoints: await open("notification-endpoints", endpointsFormat),
    ledger: await open("notifications", ledgerFormat),
  };
}

const linkSecretBytes = 32;

/** Those that are kept, made now if there are none. */
export async function keysOf(
  kept: Kept<Keys>,
  newVapid: () => NonNullable<Keys["vapid"]>,
): Promise<Required<Pick<Keys, "vapid" | "linkSecret">>> {
  const known = kept.content;
  if (known.vapid !== undefined && known.linkSecret !== undefined)
    return { vapid: known.vapid, linkSecret: known.linkSecret };
  await kept.update((now) => ({
    version: 1,
    vapid: now.vapid ?? newVapid(),
    linkSecret: now.linkSecret ?? randomBytes(linkSecretBytes).toString("base64url"),
  }));
  return keysOf(kept, newVapid);
}
