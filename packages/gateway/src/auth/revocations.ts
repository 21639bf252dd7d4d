/**
 * Whoever must be cut off although their token is still good: by subject, by key, or by the token's own id. Kept in a file, or where
 * nodes share a store in a document of theirs.
 */
import { type Identity, principalKey } from "@signalbox/core";
import type { Kept, KeptFormat } from "./kept.ts";
import { KeptFile } from "./kept-file.ts";

export type Revocation =
  /** Every token of somebody that was made until now, and those that do not say when. A later one works: they logged in again. */
  | { what: "subject"; kind: Identity["kind"]; id: string; tenant?: string }
  /** An API key. */
  | { what: "key"; keyId: string }
  /** One token; `issuer` is who made it, as `jti` is unique only there. */
  | { what: "token"; issuer: string; tokenId: string };

export type KeptRevocation = Revocation & {
  /** Milliseconds since 1970. */
  atMs: number;
  /** When the last token it could be about has ended. */
  untilMs: number;
};

export interface RevocationsOptions {
  /** Where they are: a file's path, or what was opened with `revocationsFormat`. */
  path: string | Kept<KeptRevocations>;
  /** Milliseconds since 1970. */
  nowMs?: () => number;
  onProblem?: (problem: string) => void;
}

/** Forgetting one would let somebody in again: when it is full, the next is refused and keys must be changed instead. */
const most = 100_000;
/** Tokens live shorter than this, or their revocation says how long. */
const defaultMs = 400 * 86_400_000;
/** An issuer's clock may be ahead of ours by as much: tokens made in that time count as made before. */
const leewayMs = 60_000;

export class Revocations {
  readonly #kept: Kept<KeptRevocations>;
  readonly #nowMs: () => number;

  /** Throws when there is a file that cannot be read. */
  constructor({ path, nowMs = Date.now, onProblem }: RevocationsOptions) {
    this.#nowMs = nowMs;
    this.#kept =
      typeof path === "string"
        ? new KeptFile({ ...revocationsFormat, path, ...(onProblem === undefined ? {} : { onProblem }) })
        : path;
  }

  /** Those still in force. */
  list(): KeptRevocation[] {
    void this.#kept.refresh();
    return this.#kept.content.all.filter(({ untilMs }) => untilMs > this.#nowMs());
  }

  /** `untilMs`: when the last token it is about ends, if known. Rejects when it cannot be kept, or too many are. */
  async revoke(revocation: Revocation, untilMs?: number): Promise<void> {
    const atMs = this.#nowMs();
    const added: KeptRevocation = { ...revocation, atMs, untilMs: untilMs ?? atMs + defaultMs };
    await this.#kept.update(({ all }) => {
      const others = all.filter((one) => one.untilMs > atMs && nameOf(one) !== nameOf(added));
      if (others.length >= most) throw new RangeError(`there are ${most} revocations already`);
      return new KeptRevocations([...others, added]);
    });
  }

  /** Takes one back: somebody may come in again. False if there is none. */
  async lift(revocation: Revocation): Promise<boolean> {
    let lifted = false;
    await this.#kept.update(({ all }) => {
      const others = all.filter((one) => nameOf(one) !== nameOf(revocation));
      lifted = others.length < all.length;
      return new KeptRevocations(others);
    });
    return lifted;
  }

  /** By what is known here: with a listener at `onRevoked`, that is never older than a second. */
  isRevoked(identity: Identity): boolean {
    const { byName } = this.#kept.content;
    if (byName.size === 0) return false;
    const now = this.#nowMs();
    const { keyId, tokenId, issuer, issuedAtMs } = identity;
    const subject = byName.get(subjectName(identity));
    if (subject !== undefined && subject.untilMs > now) {
      if (issuedAtMs === undefined || issuedAtMs <= subject.atMs + leewayMs) return true;
    }
    if (keyId !== undefined && (byName.get(keyName(keyId))?.untilMs ?? 0) > now) return true;
    return tokenId !== undefined && (byName.get(tokenName(issuer ?? "", tokenId))?.untilMs ?? 0) > now;
  }

  /** Hears of each revocation, whichever process made it, within a second. Then ask `isRevoked` for every live connection. */
  onRevoked(listener: (added: readonly KeptRevocation[]) => void): () => void {
    return this.#kept.onChange((now, before) => {
      const added = now.all.filter((one) => before.byName.get(nameOf(one))?.atMs !== one.atMs);
      if (added.length > 0) listener(added);
    });
  }

  close(): void {
    this.#kept.close();
  }
}

const subjectName = (who: Pick<Identity, "kind" | "id" | "tenant">): string => `subject ${principalKey(who)}`;
const keyName = (keyId: string): string => `key ${keyId}`;
const tokenName = (issuer: string, tokenId: string): string => `token ${JSON.stringify([issuer, tokenId])}`;

function nameOf(revocation: Revocation): string {
  if (revocation.what === "subject") return subjectName(revocation);
  if (revocation.what === "key") return keyName(revocation.keyId);
  return tokenName(revocation.issuer, revocation.tokenId);
}

export class KeptRevocations {
  readonly all: readonly KeptRevocation[];
  readonly byName: ReadonlyMap<string, KeptRevocation>;

  constructor(all: readonly KeptRevocation[]) {
    this.all = all;
    this.byName = new Map(all.map((one) => [nameOf(one), one]));
  }

  toJSON(): unknown {
    return { version: 1, revocations: this.all };
  }
}

function read(value: unknown): KeptRevocations | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { version, revocations }: { version?: unknown; revocations?: unknown } = value;
  if (version !== 1 || !Array.isArray(revocations)) return undefined;
  return revocations.every(isRevocation) ? new KeptRevocations(revocations) : undefined;
}

export const revocationsFormat: KeptFormat<KeptRevocations> = { empty: new KeptRevocations([]), read };

function isRevocation(value: unknown): value is KeptRevocation {
  if (typeof value !== "object" || value === null) return false;
  const { what, kind, id, tenant, keyId, issuer, tokenId, atMs, untilMs }: Record<string, unknown> = { ...value };
  if (!Number.isSafeInteger(atMs) || !Number.isSafeInteger(untilMs)) return false;
  if (what === "key") return typeof keyId === "string";
  if (what === "token") return typeof issuer === "string" && typeof tokenId === "string";
  const known = kind === "user" || kind === "agent" || kind === "service";
  return what === "subject" && known && typeof id === "string" && (tenant === undefined || typeof tenant === "string");
}
