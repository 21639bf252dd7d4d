/** Tokens of every shape that are all wrong: over HTTP, at the upgrade and as a first message. */
import { randomBytes } from "node:crypto";
import { clientFrame, opcodes } from "../../bench/load/frames.ts";
import type { Field } from "../attacker/field.ts";
import { bearer, Line, requestText } from "../attacker/line.ts";
import { held, paced } from "../attacker/pace.ts";
import type { Attack } from "./attack.ts";

const connections = 20;
const requestsPerSecond = 1_000;
const socketsPerSecond = 100;

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

function jwt(header: object): string {
  const claims = { iss: "https://issuer.test", sub: "attacker", aud: "signalbox", exp: 4_000_000_000 };
  return `${encoded(header)}.${encoded(claims)}.${randomBytes(32).toString("base64url")}`;
}

const shapes: ReadonlyArray<() => string> = [
  () => jwt({ alg: "HS256", typ: "JWT" }),
  () => jwt({ alg: "none" }),
  () => jwt({ alg: "RS256", kid: randomBytes(8).toString("hex"), jku: "http://127.0.0.1:9/keys" }),
  () => jwt({ alg: "HS256", kid: "../".repeat(500) }),
  () => `sbk_${randomBytes(6).toString("hex")}_${randomBytes(24).toString("base64url")}`,
  () => `sbk_${"a".repeat(4_000)}`,
  () => `${".".repeat(3_000)}`,
];

const nextToken = (index: number): string => shapes[index % shapes.length]?.() ?? "";

function overWebSocket(field: Field, index: number): void {
  const line = new Line(field);
  const token = nextToken(index);
  if (index % 2 === 0) {
    line.upgrade(bearer(token));
    field.tally.sent("at the upgrade");
    return;
  }
  line.onUpgraded = () => {
    line.write(clientFrame(opcodes.text, Buffer.from(JSON.stringify({ type: "auth_request", data: { token } }))));
    field.tally.sent("as a first message");
  };
  line.upgrade({});
}

export const badTokens: Attack = {
  name: "bad-tokens",
  about: `${requestsPerSecond} requests/s on ${connections} connections, ${socketsPerSecond} WebSockets/s: wrong JWTs and sbk_ keys`,
  start: (field) => {
    const lines = held(connections, () => new Line(field));
    paced(requestsPerSecond, (index) => {
      const request = requestText(field, "GET /v1/info", undefined, bearer(nextToken(index)));
      if (lines[index % connections]?.write(request)) field.tally.sent("requests");
    });
    paced(socketsPerSecond, (index) => overWebSocket(field, index));
  },
};
