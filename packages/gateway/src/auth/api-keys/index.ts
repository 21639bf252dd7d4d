/** API keys: made, listed and revoked here; checked for each connection that brings one. */
import { timingSafeEqual } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { type Done, type Identity, KeyedGcra } from "@signalbox/core";
import { readGrant } from "../grant.ts";
import type { Caller, IdentityAuthenticator } from "../identity-authenticator.ts";
import type { KeyDesk, KeyInfo, NewKey } from "../key-desk.ts";
import { hashOf, identityOfKey, infoOf, type KeptKey, newId, newSecret, prefix, readToken, tokenOf } from "./key.ts";
import type { KeyStore } from "./key-store.ts";

export type { KeyStore } from "./key-store.ts";
export { keyStore, keysFormat, openKeyFile } from "./key-store.ts";

export interface ApiKeysOptions {
  store: KeyStore;
  /** Milliseconds since 1970. */
  nowMs?: () => number;
  /** Milliseconds of a clock that is never set. */
  steadyMs?: () => number;
}

const mostKeys = 10_000;
const keptAfterMs = 90 * 86_400_000;
/** Wrong keys per address, and how many addresses are remembered. */
const wrongKeys = { perSecond: 0.5, burst: 20 };
const addresses = 10_000;
const lookEveryMs = 100;
/** Compared with when there is no such key, so that it takes as long. */
const nobody = Buffer.alloc(32);

type Given = NonNullable<ReturnType<typeof readToken>>;

export class ApiKeys implements IdentityAuthenticator, KeyDesk {
  readonly #store: KeyStore;
  readonly #nowMs: () => number;
  readonly #steadyMs: () => number;
  readonly #wrong = new KeyedGcra(wrongKeys, addresses);
  #looking: Promise<void> | undefined;
  #lookedMs = Number.NEGATIVE_INFINITY;

  constructor({ store, nowMs = Date.now, steadyMs = () => performance.now() }: ApiKeysOptions) {
    this.#store = store;
    this.#nowMs = nowMs;
    this.#steadyMs = steadyMs;
  }

  recognises(token: string): boolean {
    return token.startsWith(prefix);
  }

  /**
   * A right key is let in however many wrong ones came from its address: behind a proxy that is everybody's, and 256 bits
   * are not guessed. Who brings wrong ones is told to slow down.
   */
  authenticate(token: string, done: Done<Identity>, { address = "" }: Caller = {}): void {
    const given = readToken(token);
    // Made a moment ago by another process, perhaps.
    const looking = given === undefined || this.#store.find(given.id) !== undefined ? undefined : this.#look();
    if (looking === undefined) this.#answer(given, address, done);
    else void looking.then(() => this.#answer(given, address, done));
  }

  #answer(given: Given | undefined, address: string, done: Done<Identity>): void {
    const identity = this.#identify(given);
    if (identity !== undefined) {
      done(identity);
      return;
    }
    const waitMs = this.#wrong.take(address, this.#steadyMs());
    if (waitMs === 0) done({ failed: "unauthenticated", message: "this token is not known here" });
    else done({ failed: "rate_limited", message: "too many wrong keys", details: { retryAfterMs: Math.ceil(waitMs) } });
  }

  /** The token is given here and never again. Throws RangeError for a scope that is wrong; rejects when it cannot be kept. */
  async create({ name, subject, expiresAtMs, ...scope }: NewKey): Promise<{ token: string; key: KeyInfo }> {
    const id = newId();
    const secret = newSecret();
    const createdAtMs = this.#nowMs();
    if (name.length < 1 || name.length > 100) throw new RangeError("a key's name has 1 to 100 characters");
    if (expiresAtMs !== undefined && !(Number.isSafeInteger(expiresAtMs) && expiresAtMs > createdAtMs)) {
      throw new RangeError("a key's end must lie ahead");
    }
    const grant = readGrant(withoutUndefined(scope));
    if (typeof grant === "string") throw new RangeError(grant);
    const key: KeptKey = {
      id,
      name,
      hash: hashOf(secret).toString("hex"),
      subject: subject ?? `key:${id}`,
      grant,
      createdAtMs,
    };
    if (expiresAtMs !== undefined) key.expiresAtMs = expiresAtMs;
    const identity = identityOfKey(key);
    if (typeof identity === "string") throw new RangeError(identity);
    await this.#store.update((keys) => {
      const kept = keys.filter((one) => (endOf(one) ?? createdAtMs) > createdAtMs - keptAfterMs);
      if (kept.filter((one) => endOf(one) === undefined || (endOf(one) ?? 0) > createdAtMs).length >= mostKeys) {
        throw new RangeError(`there are ${mostKeys} keys already`);
      }
      return [...kept, key];
    });
    return { token: tokenOf(id, secret), key: infoOf(key) };
  }

  /** Those that work and those that did, oldest first. No secrets, no hashes. */
  list(): KeyInfo[] {
    void this.#store.refresh();
    return this.#store.all().map(infoOf);
  }

  /** By id or by `sbk_ID_`. False: there is no such key, or it was revoked before. */
  async revoke(named: string): Promise<boolean> {
    const id = named.startsWith(prefix) ? named.slice(prefix.length).split("_", 1)[0] : named;
    let done = false;
    await this.#store.update((keys) =>
      keys.map((key) => {
        if (key.id !== id || key.revokedAtMs !== undefined) return key;
        done = true;
        return { ...key, revokedAtMs: this.#nowMs() };
      }),
    );
    return done;
  }

  /** Hears the ids of keys that no longer are what they were: revoked, removed or changed by any process. */
  onRevoked(listener: (keyIds: readonly string[]) => void): () => void {
    return this.#store.onChange((before) => {
      const gone = before.filter((old) => old.revokedAtMs === undefined && !isSame(old, this.#store.find(old.id)));
      if (gone.length > 0) listener(gone.map(({ id }) => id));
    });
  }

  /** Is a connection that came with this key still welcome? */
  isRevoked(keyId: string): boolean {
    const key = this.#store.find(keyId);
    return key === undefined || (endOf(key) ?? Number.POSITIVE_INFINITY) <= this.#nowMs();
  }

  close(): void {
    this.#store.close();
  }

  /** Where looking takes time it is done a few times a second at most, whoever brings keys that are none. */
  #look(): Promise<void> | undefined {
    if (this.#looking !== undefined) return this.#looking;
    const waitMs = this.#lookedMs + lookEveryMs - this.#steadyMs();
    this.#looking = waitMs > 0 ? wait(waitMs).then(() => this.#store.refresh()) : this.#store.refresh();
    this.#looking = this.#looking?.finally(() => {
      this.#looking = undefined;
      this.#lookedMs = this.#steadyMs();
    });
    return this.#looking;
  }

  #identify(given: Given | undefined): Identity | undefined {
    const key = given === undefined ? undefined : this.#store.find(given.id);
    const kept = key === undefined ? nobody : Buffer.from(key.hash, "hex");
    const matches = timingSafeEqual(hashOf(given?.secret ?? ""), kept);
    if (!matches || key === undefined || (endOf(key) ?? Number.POSITIVE_INFINITY) <= this.#nowMs()) return undefined;
    const identity = identityOfKey(key);
    return typeof identity === "string" ? undefined : identity;
  }
}

/** When it stopped or will stop to work. */
function endOf({ expiresAtMs, revokedAtMs }: KeptKey): number | undefined {
  if (revokedAtMs === undefined) return expiresAtMs;
  return Math.min(revokedAtMs, expiresAtMs ?? revokedAtMs);
}

const isSame = (before: KeptKey, now: KeptKey | undefined): boolean => JSON.stringify(before) === JSON.stringify(now);

const withoutUndefined = (value: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined));
