/**
 * One token that may do everything: made once, kept in the data directory, readable by its owner only. Nodes that share a store have
 * the same.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Broker, Done, Identity } from "@signalbox/core";
import type { IdentityAuthenticator } from "../identity-authenticator.ts";

const fileName = "admin-token";
const tokenBytes = 32;

const admin: Identity = { kind: "user", id: "admin", roles: ["admin"], capabilities: [] };

/** The token of this data directory: the given one, the kept one, or a new one. */
export function adminToken(dataDir: string, given: string | undefined): string {
  if (given !== undefined) return given;
  const path = join(dataDir, fileName);
  const kept = read(path);
  if (kept !== undefined) return kept;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const token = randomBytes(tokenBytes).toString("base64url");
  try {
    writeFileSync(path, `${token}\n`, { mode: 0o600, flag: "wx" });
    return token;
  } catch (error) {
    // Another process was first: its token is the one.
    const theirs = read(path);
    if (theirs === undefined) throw error;
    return theirs;
  }
}

const documentName = "admin-token";

/**
 * The token of all nodes: the given one is only this node's, unless all are given it. Else the one that they share, which is that of
 * the first data directory, or a new one. It is kept in this data directory as well, for the command line beside the node.
 */
export async function sharedAdminToken(
  broker: Pick<Broker, "document" | "setDocument">,
  dataDir: string,
  given: string | undefined,
): Promise<string> {
  if (given !== undefined) return given;
  const kept = await broker.document(documentName);
  if (kept === undefined) {
    const mine = adminToken(dataDir, undefined);
    if (await broker.setDocument(documentName, 0, mine)) return mine;
  }
  const token = (kept ?? (await broker.document(documentName)))?.text;
  if (token === undefined) throw new Error("the admin token that nodes share cannot be read");
  const path = join(dataDir, fileName);
  if (read(path) !== token) {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    // A file that is there keeps its mode: it is made anew.
    rmSync(path, { force: true });
    writeFileSync(path, `${token}\n`, { mode: 0o600, flag: "wx" });
  }
  return token;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim() || undefined;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

export class AdminTokenAuthenticator implements IdentityAuthenticator {
  readonly #hash: Buffer;

  constructor(token: string) {
    this.#hash = hashOf(token);
  }

  /** It may be any text: to be asked last. */
  recognises(): boolean {
    return true;
  }

  /** Hashes are compared, so that neither length nor content can be timed. */
  authenticate(token: string, done: Done<Identity>): void {
    if (timingSafeEqual(hashOf(token), this.#hash)) done(admin);
    else done({ failed: "unauthenticated", message: "this token is not known here" });
  }
}

const hashOf = (token: string): Buffer => createHash("sha256").update(token).digest();
