/** A browser's end of Web Push: makes the keys of a subscription, and reads what was encrypted for it (RFC 8188, 8291), with node:crypto alone. */
import { createDecipheriv, createECDH, createHmac, createPublicKey, randomBytes, verify } from "node:crypto";

export interface Subscriber {
  endpoint: string;
  keys: { p256dh: string; auth: string };
  /** Throws for what was not encrypted for it. */
  read(body: Buffer): Record<string, unknown>;
}

export function subscriberAt(endpoint: string): Subscriber {
  const own = createECDH("prime256v1");
  own.generateKeys();
  const auth = randomBytes(16);
  const publicKey = own.getPublicKey();
  return {
    endpoint,
    keys: { p256dh: publicKey.toString("base64url"), auth: auth.toString("base64url") },
    read(body) {
      const salt = body.subarray(0, 16);
      const idLength = body.readUInt8(20);
      const sender = body.subarray(21, 21 + idLength);
      const sealed = body.subarray(21 + idLength);
      const shared = own.computeSecret(sender);
      const input = hkdf(auth, shared, Buffer.concat([Buffer.from("WebPush: info\0"), publicKey, sender]), 32);
      const key = hkdf(salt, input, Buffer.from("Content-Encoding: aes128gcm\0"), 16);
      const nonce = hkdf(salt, input, Buffer.from("Content-Encoding: nonce\0"), 12);
      const decipher = createDecipheriv("aes-128-gcm", key, nonce);
      decipher.setAuthTag(sealed.subarray(-16));
      const padded = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
      return JSON.parse(padded.subarray(0, padded.lastIndexOf(2)).toString("utf8"));
    },
  };
}

/** One block is enough for these lengths. */
function hkdf(salt: Buffer, input: Buffer, info: Buffer, length: number): Buffer {
  const key = createHmac("sha256", salt).update(input).digest();
  return createHmac("sha256", key)
    .update(info)
    .update(Buffer.from([1]))
    .digest()
    .subarray(0, length);
}

/** The claims of a VAPID header, if the key that it names signed them. */
export function vapidClaims(authorization: string | undefined): { publicKey: string; claims: Record<string, unknown> } {
  const [, token = "", publicKey = ""] = /^vapid t=([^,]+), ?k=(.+)$/.exec(authorization ?? "") ?? [];
  const [head = "", body = "", signature = ""] = token.split(".");
  const point = Buffer.from(publicKey, "base64url");
  const key = createPublicKey({
    format: "jwk",
    key: {
      ...{ kty: "EC", crv: "P-256" },
      ...{ x: point.subarray(1, 33).toString("base64url"), y: point.subarray(33).toString("base64url") },
    },
  });
  const signed = Buffer.from(`${head}.${body}`);
  if (!verify("sha256", signed, { key, dsaEncoding: "ieee-p1363" }, Buffer.from(signature, "base64url"))) {
    throw new Error("nobody with that key signed it");
  }
  return { publicKey, claims: JSON.parse(Buffer.from(body, "base64url").toString("utf8")) };
}
