/** Keys that verify: each of one kind, for one algorithm, as the configuration says. */
import { createPublicKey, createSecretKey, type JsonWebKey, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { algorithms, type JwtKeyConfig } from "../../config/auth.ts";

export interface VerifyingKey {
  readonly alg: string;
  readonly key: KeyObject;
}

/** Of the hash, which RFC 7518 §3.2 sets as the least. */
const secretBytes: Readonly<Record<string, number>> = { HS256: 32, HS384: 48, HS512: 64 };
const curves: Readonly<Record<string, string>> = { ES256: "prime256v1", ES384: "secp384r1", ES512: "secp521r1" };
/** RFC 7518 §3.3. */
const rsaBits = 2_048;
const privateMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "priv"] as const;

/** Reads files where the configuration names them. Throws Error with a sentence for a key that must not be used. */
export function configuredKey({ alg, jwk, pem, pemFile, secret, secretFile }: JwtKeyConfig): VerifyingKey {
  const given = [jwk, pem, pemFile, secret, secretFile].filter((one) => one !== undefined);
  if (given.length !== 1) throw new Error("a key needs exactly one of jwk, pem, pemFile, secret and secretFile");
  if (jwk !== undefined) return webKey(alg, jwk, true);
  if (pemFile !== undefined) return publicKey(alg, readFileSync(pemFile, "utf8"));
  if (pem !== undefined) return publicKey(alg, pem);
  return secretKey(alg, Buffer.from(secret ?? readFileSync(secretFile ?? "", "utf8").replace(/\r?\n$/, ""), "utf8"));
}

function secretKey(alg: string, bytes: Buffer): VerifyingKey {
  const least = secretBytes[alg];
  if (least === undefined) throw new Error(`${alg} does not go with a secret; give a public key`);
  // What is public must never be the secret of HMAC, however it is wrapped.
  if (/-----BEGIN|^\s*\{|^\s*ssh-/.test(bytes.toString("latin1").replace(/^\u00ef\u00bb\u00bf/, ""))) {
    throw new Error(`the secret for ${alg} looks like a public key`);
  }
  if (bytes.length < least) throw new Error(`the secret for ${alg} must have at least ${least} bytes`);
  return { alg, key: createSecretKey(bytes) };
}

function publicKey(alg: string, pem: string): VerifyingKey {
  const text = pem
    .replace(/^\ufeff/, "")
    .replaceAll("\r\n", "\n")
    .trim();
  if (text.includes("PRIVATE KEY")) throw new Error("that is a private key; give its public one");
  return fitting(alg, createPublicKey(text));
}

/** `secrets`: keys of kty oct are welcome. They never are where keys are fetched from. */
export function webKey(alg: string, jwk: Readonly<Record<string, unknown>>, secrets: boolean): VerifyingKey {
  if (jwk.use !== undefined && jwk.use !== "sig") throw new Error("the key's use is not sig");
  if (jwk.alg !== undefined && jwk.alg !== alg) throw new Error(`the key's alg is not ${alg}`);
  if (jwk.key_ops !== undefined && !(Array.isArray(jwk.key_ops) && jwk.key_ops.includes("verify"))) {
    throw new Error("the key's key_ops do not have verify");
  }
  if (jwk.kty === "oct") {
    if (!secrets || typeof jwk.k !== "string") throw new Error("a secret key is not welcome here");
    return secretKey(alg, Buffer.from(jwk.k, "base64url"));
  }
  if (privateMembers.some((member) => Object.hasOwn(jwk, member)))
    throw new Error("that is a private key; give its public one");
  return fitting(alg, createPublicKey({ key: jwk as JsonWebKey, format: "jwk" }));
}

function fitting(alg: string, key: KeyObject): VerifyingKey {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (!fits(alg, type, details?.namedCurve)) throw new Error(`a key of type ${type} does not go with ${alg}`);
  if (type === "rsa" && (details?.modulusLength ?? 0) < rsaBits)
    throw new Error(`an RSA key must have at least ${rsaBits} bits`);
  return { alg, key };
}

function fits(alg: string, type: string | undefined, curve: string | undefined): boolean {
  if (alg === "EdDSA" || alg === "Ed25519") return type === "ed25519";
  if (alg.startsWith("ES")) return type === "ec" && curve === curves[alg];
  return (alg.startsWith("RS") || alg.startsWith("PS")) && type === "rsa";
}

/** The one of these algorithms that a fetched key is for; undefined if it says none of them and several would do. */
export function algorithmOf(jwk: Readonly<Record<string, unknown>>, allowed: readonly string[]): string | undefined {
  if (jwk.alg !== undefined) return allowed.find((alg) => alg === jwk.alg);
  const possible = allowed.filter((alg) => ofType(alg, jwk.kty, jwk.crv));
  return possible.length === 1 ? possible[0] : undefined;
}

const curveNames: Readonly<Record<string, string>> = {
  ES256: "P-256",
  ES384: "P-384",
  ES512: "P-521",
  EdDSA: "Ed25519",
  Ed25519: "Ed25519",
};

function ofType(alg: string, kty: unknown, crv: unknown): boolean {
  if (!algorithms.some((name) => name === alg)) return false;
  const curve = curveNames[alg];
  return curve === undefined ? kty === "RSA" && !alg.startsWith("HS") : crv === curve;
}
