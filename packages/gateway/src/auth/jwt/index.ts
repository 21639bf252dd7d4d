/** JSON Web Tokens of configured issuers. What a token says before it is verified chooses among our keys, nothing else. */
import type { Done, Failure, Identity } from "@signalbox/core";
import { compactVerify, decodeJwt, decodeProtectedHeader } from "jose";
import type { JwtIssuerConfig } from "../../config/auth.ts";
import type { IdentityAuthenticator } from "../identity-authenticator.ts";
import { checkClaims } from "./claims.ts";
import { FetchedKeys } from "./fetched-keys.ts";
import { configuredKey, type VerifyingKey } from "./keys.ts";

export interface JwtOptions {
  /** Milliseconds since 1970. */
  nowMs?: () => number;
  /** Milliseconds of a clock that is never set. */
  steadyMs?: () => number;
  /** For the log: why a token was refused, or what else went wrong. Never holds a token. */
  onRefused?: (why: string) => void;
}

/** 16 KiB, as much as all headers of a request may have. */
const tokenLength = 16_384;
const kidLength = 256;
/** Verifications at once; each is work for another thread. */
const mostAtOnce = 256;
const retryAfterMs = 1_000;
/** What a token may be of those that say. */
const types: ReadonlySet<string> = new Set(["jwt", "at+jwt", "application/jwt", "application/at+jwt"]);

/** RFC 7515 §2: base64url, without spaces, line ends and padding. The decoder below would pass over them. */
const form = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

const unknown: Failure = { failed: "unauthenticated", message: "this token is not known here" };
const unavailable: Failure = {
  failed: "unavailable",
  message: "the keys of this token's issuer cannot be had now",
  details: { retryAfterMs: 5_000 },
};
const overloaded: Failure = {
  failed: "overloaded",
  message: "too many tokens are being verified",
  details: { retryAfterMs },
};

interface Issuer {
  config: JwtIssuerConfig;
  find(kid: string | undefined): Promise<VerifyingKey | "unavailable" | undefined> | VerifyingKey | undefined;
}

/** What a token says of itself that we look at; nothing of it is believed. */
interface Said {
  alg: string;
  kid: string | undefined;
  iss: string;
}

/** Throws Error with a sentence for a configuration that must not be used. */
export function jwtAuthenticator(issuers: readonly JwtIssuerConfig[], options: JwtOptions = {}): IdentityAuthenticator {
  return new JwtAuthenticator(issuers, options);
}

class JwtAuthenticator implements IdentityAuthenticator {
  readonly #issuers = new Map<string, Issuer>();
  readonly #nowMs: () => number;
  readonly #onRefused: (why: string) => void;
  #running = 0;

  constructor(issuers: readonly JwtIssuerConfig[], options: JwtOptions) {
    this.#nowMs = options.nowMs ?? Date.now;
    this.#onRefused = options.onRefused ?? (() => {});
    const steadyMs = options.steadyMs ?? (() => performance.now());
    const prefixes = new Set<string>();
    for (const config of issuers) {
      const { issuer, subjectPrefix = "", tenant = "" } = config;
      if (this.#issuers.has(issuer)) throw new Error(`the issuer ${issuer} is configured twice`);
      const place = JSON.stringify([tenant, subjectPrefix]);
      if (prefixes.has(place))
        throw new Error(`the issuer ${issuer} needs a subjectPrefix of its own: subjects could be mixed up`);
      prefixes.add(place);
      this.#issuers.set(issuer, { config, find: this.#finder(config, steadyMs) });
    }
  }

  recognises(token: string): boolean {
    return token.startsWith("eyJ") && token.split(".", 4).length === 3;
  }

  authenticate(token: string, done: Done<Identity>): void {
    if (this.#running >= mostAtOnce) {
      done(overloaded);
      return;
    }
    this.#running++;
    void this.#verify(token)
      .catch((): Failure => unknown)
      .then((answer) => {
        this.#running--;
        done(answer);
      });
  }

  async #verify(token: string): Promise<Identity | Failure> {
    const said = read(token);
    if (typeof said === "string") return this.#refuse(said);
    const issuer = this.#issuers.get(said.iss);
    if (issuer === undefined) return this.#refuse("its issuer is not configured");
    const found = await issuer.find(said.kid);
    if (found === "unavailable") return unavailable;
    if (found === undefined) return this.#refuse("its kid is not known");
    if (said.alg !== found.alg) return this.#refuse("its alg is not its key's");
    let payload: unknown;
    try {
      const verified = await compactVerify(token, found.key, { algorithms: [found.alg] });
      payload = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(verified.payload));
    } catch {
      return this.#refuse("its signature is wrong");
    }
    const checked = checkClaims(payload, issuer.config, this.#nowMs());
    if (checked.ok) return checked.identity;
    this.#refuse(checked.why);
    return checked.tell === undefined ? unknown : { ...unknown, message: checked.tell };
  }

  #refuse(why: string): Failure {
    this.#onRefused(why);
    return unknown;
  }

  #finder({ issuer, keys = [], jwks }: JwtIssuerConfig, steadyMs: () => number): Issuer["find"] {
    if ((keys.length === 0) === (jwks === undefined)) throw new Error(`the issuer ${issuer} needs either keys or jwks`);
    if (jwks !== undefined) {
      const fetched = new FetchedKeys(jwks, steadyMs, (problem) => this.#onRefused(`${issuer}: ${problem}`));
      return (kid) => fetched.find(kid);
    }
    const byKid = new Map<string | undefined, VerifyingKey>();
    for (const config of keys) {
      if (byKid.has(config.kid)) throw new Error(`the issuer ${issuer} has two keys with kid ${config.kid}`);
      byKid.set(config.kid, configuredKey(config));
    }
    return (kid) => byKid.get(kid);
  }
}

/** A text that says what is wrong with the form. */
function read(token: string): Said | string {
  if (token.length > tokenLength) return "it is too long";
  if (!form.test(token)) return "it is not a JSON Web Token";
  let header: Map<string, unknown>;
  let iss: unknown;
  try {
    header = new Map(Object.entries(decodeProtectedHeader(token)));
    iss = decodeJwt(token).iss;
  } catch {
    return "it is not a JSON Web Token";
  }
  const alg = header.get("alg");
  const kid = header.get("kid");
  const typ = header.get("typ");
  if (typeof alg !== "string") return "its alg is not a text";
  if (header.has("crit") || header.has("b64")) return "it asks for an extension";
  if (header.has("kid") && (typeof kid !== "string" || kid.length > kidLength)) return "its kid is not a short text";
  if (header.has("typ") && (typeof typ !== "string" || !types.has(typ.toLowerCase())))
    return "its typ is not a token's";
  if (typeof iss !== "string") return "its iss is not a text";
  return { alg, kid: typeof kid === "string" ? kid : undefined, iss };
}
