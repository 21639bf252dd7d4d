import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { SeenWebhooks, verifyWebhook } from "../src/index.ts";

interface Case {
  name: string;
  secrets: string[];
  nowMs: number;
  headers: Record<string, string>;
  body: string;
  result: string;
}

const { cases }: { cases: Case[] } = JSON.parse(
  readFileSync(new URL("../../../spec/vectors/webhooks.json", import.meta.url), "utf8"),
);
const [right] = cases;
if (right === undefined) throw new Error("there are no vectors");

describe("A35 a webhook that is forged or replayed", () => {
  test.each(cases)("$name: $result", ({ secrets, headers, body, nowMs, result }) => {
    for (const given of [headers, new Headers(headers)]) {
      for (const raw of [body, Buffer.from(body), new TextEncoder().encode(body)]) {
        const found = verifyWebhook(secrets, given, raw, { nowMs });
        expect(found.ok ? "ok" : found.why).toBe(result);
      }
    }
  });

  test("what came before is refused as long as it could come again", () => {
    const seen = new SeenWebhooks();
    const take = (nowMs: number): string => {
      const found = verifyWebhook(right.secrets, right.headers, right.body, { nowMs, seen });
      return found.ok ? "ok" : found.why;
    };
    const { nowMs } = right;
    expect([nowMs, nowMs + 1, nowMs + 300_000, nowMs + 300_001].map(take)).toEqual([
      "ok",
      "replay",
      "replay",
      "timestamp",
    ]);
    const other = new SeenWebhooks();
    const forged = { ...right.headers, "webhook-signature": "v1,AAAA" };
    expect(verifyWebhook(right.secrets, forged, right.body, { nowMs, seen: other })).toMatchObject({
      why: "signature",
    });
    expect(other.first(right.headers["webhook-id"] ?? "", nowMs)).toBe(true);
  });

  test("ids have a limit", () => {
    const seen = new SeenWebhooks(2);
    expect(["a", "b", "a", "c", "a"].map((id) => seen.first(id, 0))).toEqual([true, true, false, true, true]);
  });

  test("a header that is there twice is none", () => {
    const headers = { ...right.headers, "webhook-signature": [right.headers["webhook-signature"] ?? "", "v1,x"] };
    expect(verifyWebhook(right.secrets, headers, right.body, { nowMs: right.nowMs })).toMatchObject({ why: "header" });
  });

  test.each(["", "whsec_", "whsec_c2hvcnQ=", "undefined"])(
    "the secret %j is an error, and no right signature",
    (secret) => {
      expect(() => verifyWebhook(secret, right.headers, right.body, { nowMs: right.nowMs })).toThrow(RangeError);
    },
  );
});
