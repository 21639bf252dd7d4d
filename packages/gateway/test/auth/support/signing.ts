/** Tokens as an issuer makes them, and as nobody should: header and payload are whatever the test says. */
import { constants, createHmac, generateKeyPairSync, type KeyObject, sign } from "node:crypto";

const base64url = (value: unknown): string =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

/** Signs with the algorithm the header names, or with `alg`. */
export function token(
  header: Record<string, unknown>,
  payload: unknown,
  key: KeyObject | string | Buffer,
  alg = header.alg,
): string {
  const input = `${base64url(header)}.${base64url(payload)}`;
  return `${input}.${signature(String(alg), input, key).toString("base64url")}`;
}

/** Header and payload without a signature, each text as it is. */
export const parts = (header: unknown, payload: unknown): string => `${base64url(header)}.${base64url(payload)}`;

function signature(alg: string, input: string, key: KeyObject | string | Buffer): Buffer {
  const hash = `sha${alg.slice(2)}`;
  if (alg.startsWith("HS"))
    return createHmac(hash, key as string | Buffer)
      .update(input)
      .digest();
  const data = Buffer.from(input);
  const own = key as KeyObject;
  if (alg.startsWith("ES")) return sign(hash, data, { key: own, dsaEncoding: "ieee-p1363" });
  if (alg.startsWith("RS")) return sign(hash, data, own);
  if (alg.startsWith("PS")) {
    return sign(hash, data, {
      key: own,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
    });
  }
  return sign(null, data, own);
}

export interface Pair {
  publicKey: KeyObject;
  privateKey: KeyObject;
  pem: string;
}

const pair = ({ publicKey, privateKey }: { publicKey: KeyObject; privateKey: KeyObject }): Pair => ({
  publicKey,
  privateKey,
  pem: publicKey.export({ type: "spki", format: "pem" }).toString(),
});

export const rsaPair = (bits = 2_048): Pair => pair(generateKeyPairSync("rsa", { modulusLength: bits }));
export const ecPair = (curve = "P-256"): Pair => pair(generateKeyPairSync("ec", { namedCurve: curve }));
export const edPair = (): Pair => pair(generateKeyPairSync("ed25519"));
