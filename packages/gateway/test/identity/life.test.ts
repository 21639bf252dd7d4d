/** Tokens that end, are renewed, or are taken back while their connections live. */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ApiKeys, openKeyFile } from "../../src/auth/api-keys/index.ts";
import { Revocations } from "../../src/auth/revocations.ts";
import { serverEvents } from "../support/events.ts";
import { numbered, openGateway, type TestGateway, tempDir } from "../support/gateway.ts";
import { openWire, type Wire } from "../support/wire.ts";
import { bearer, inSeconds, jwt, may, withIssuer } from "./issuer.ts";

const watch = [may("agent:*", "subscribe", "history"), may("process:*", "subscribe", "history")];

async function watching(gateway: TestGateway, token: string, ...channels: string[]): Promise<Wire> {
  const wire = await openWire(gateway, { headers: bearer(token) });
  for (const channel of channels) {
    wire.send({ id: channel, type: "subscribe", data: { channel } });
    await wire.inbox.until(({ metadata }) => metadata?.correlationId === channel);
  }
  return wire;
}

const renew = (wire: Wire, token: string): void => wire.send({ id: "renew", type: "auth_request", data: { token } });

/** Asks the gateway and waits for its answer, again and again, until that time. */
async function alive(wire: Wire, untilMs: number): Promise<void> {
  for (let n = 0; Date.now() < untilMs; n++) {
    wire.send({ id: `alive${n}`, type: "ping" });
    await wire.inbox.until(({ metadata }) => metadata?.correlationId === `alive${n}`);
  }
}

describe("A7 a token that ends while its connection lives", () => {
  test("is announced, and without a new one the connection closes with token_expired", async () => {
    const gateway = await openGateway(withIssuer);
    const exp = inSeconds(2);
    const wire = await watching(gateway, jwt({ can: watch, exp }), "agent:a");
    const said = await wire.inbox.type("auth_expiring");
    expect(said.data).toEqual({ expiresAt: exp * 1_000, closesAt: exp * 1_000 + 200 });
    expect(await wire.closed).toEqual({ code: 3506, reason: "token_expired" });
    expect(Date.now()).toBeGreaterThanOrEqual(exp * 1_000);
  });

  test("streams over HTTP end at the same time", async () => {
    const gateway = await openGateway(withIssuer);
    await gateway.publish(numbered("agent:a", 1, 1));
    const exp = inSeconds(2);
    const headers = bearer(jwt({ can: watch, exp }));
    const opened = await Promise.all([
      gateway.request("/v1/channels/agent:a/events", { headers: { ...headers, accept: "text/event-stream" } }),
      gateway.request("/v1/events?channel=agent:*", { headers: { ...headers, accept: "text/event-stream" } }),
      gateway.request("/v1/stream", {
        method: "POST",
        headers,
        body: JSON.stringify([{ id: "s", type: "subscribe", data: { channel: "agent:a" } }]),
      }),
    ]);
    for (const response of opened) {
      expect(response.status).toBe(200);
      // Reads on to the end that comes by itself.
      for await (const _event of serverEvents(response));
    }
    expect(Date.now()).toBeGreaterThanOrEqual(exp * 1_000);
  });

  test("renewed in place nothing is missed, and it lives on", async () => {
    const gateway = await openGateway(withIssuer);
    const exp = inSeconds(2);
    const wire = await watching(gateway, jwt({ can: watch, exp }), "agent:a");
    await gateway.publish(numbered("agent:a", 1, 5));
    await wire.inbox.type("auth_expiring");
    renew(wire, jwt({ can: watch }));
    await gateway.publish(numbered("agent:a", 6, 10));
    await alive(wire, exp * 1_000 + 1_500);
    await gateway.publish(numbered("agent:a", 11, 15));
    await wire.inbox.until(({ offset }) => offset === 15);
    const offsets = wire.inbox.all.map(({ offset }) => offset).filter((offset) => offset !== undefined);
    expect(offsets).toEqual(Array.from({ length: 15 }, (_, i) => i + 1));
    expect(wire.inbox.all.filter(({ type }) => type === "auth_success")).toHaveLength(1);
  });

  test.each([
    ["of somebody else", () => jwt({ sub: "eve", can: watch })],
    ["of the same name in another tenant", () => jwt({ tenant: "other", can: watch })],
    ["that is wrong", () => `${jwt({ can: watch }).slice(0, -6)}AAAAAA`],
    ["that has ended", () => jwt({ can: watch, exp: inSeconds(-5) })],
  ])("a new one %s is refused and closes with unauthorized", async (_what, other) => {
    const gateway = await openGateway(withIssuer);
    const wire = await watching(gateway, jwt({ can: watch }), "agent:a");
    renew(wire, other());
    expect((await wire.inbox.type("auth_failure")).metadata?.correlationId).toBe("renew");
    expect((await wire.closed).code).toBe(3501);
  });

  test("a new one with fewer rights ends what they no longer allow, by name, and nothing else", async () => {
    const gateway = await openGateway(withIssuer);
    const wire = await watching(gateway, jwt({ can: watch }), "agent:a", "process:p", "agent:b");
    renew(wire, jwt({ can: [may("agent:a", "subscribe")] }));
    await wire.inbox.type("auth_success");
    const ended = [await wire.inbox.type("subscription_update"), await wire.inbox.type("subscription_update")];
    expect(
      ended.map(({ data }) => data).sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b))),
    ).toMatchObject([
      { channel: "agent:b", state: "unsubscribed", reason: "forbidden" },
      { channel: "process:p", state: "unsubscribed", reason: "forbidden" },
    ]);
    await gateway.publish([...numbered("agent:b", 1, 1), ...numbered("process:p", 1, 1), ...numbered("agent:a", 1, 1)]);
    expect(await wire.inbox.until(({ offset }) => offset !== undefined)).toMatchObject({ channel: "agent:a" });
    expect(wire.inbox.all.filter(({ offset }) => offset !== undefined)).toHaveLength(1);
  });
});

interface Cut {
  /** Somebody's token, made before the gateway starts. */
  token: string;
  /** What an administrator does in another process. */
  revoke(): Promise<unknown>;
}

const ways: Record<string, (dataDir: string) => Promise<Cut>> = {
  "an API key": async (dataDir) => {
    const keys = new ApiKeys({ store: openKeyFile(join(dataDir, "keys.json")) });
    const { token } = await keys.create({ name: "runner", capabilities: watch });
    const [, id = ""] = token.split("_");
    return { token, revoke: () => keys.revoke(id) };
  },
  "a subject": async (dataDir) => {
    const revocations = new Revocations({ path: join(dataDir, "revocations.json") });
    return {
      token: jwt({ can: watch }),
      revoke: () => revocations.revoke({ what: "subject", kind: "user", id: "ada" }),
    };
  },
  "one token": async (dataDir) => {
    const revocations = new Revocations({ path: join(dataDir, "revocations.json") });
    const issuer = withIssuer.jwt?.[0]?.issuer ?? "";
    return {
      token: jwt({ can: watch, jti: "t-1" }),
      revoke: () => revocations.revoke({ what: "token", issuer, tokenId: "t-1" }),
    };
  },
};

describe("A8 who is revoked is cut off", () => {
  test.each(Object.keys(ways))(
    "%s: on WebSocket, event stream, message stream and poll, and does not come back",
    async (way) => {
      const dataDir = tempDir();
      const { token, revoke } = await (ways[way] as (dataDir: string) => Promise<Cut>)(dataDir);
      const gateway = await openGateway({ ...withIssuer, dataDir });
      const [kept] = await gateway.publish(numbered("agent:a", 1, 1));
      const wire = await watching(gateway, token, "agent:a");
      const unharmed = await watching(gateway, jwt({ sub: "bob", can: watch }), "agent:a");
      const headers = bearer(token);
      const since = { epoch: kept?.epoch, offset: 1 };
      const subscribe = { id: "s", type: "subscribe", data: { channel: "agent:a", since } };
      const streams = await Promise.all([
        gateway.request("/v1/channels/agent:a/events", { headers: { ...headers, accept: "text/event-stream" } }),
        gateway.request("/v1/stream", { method: "POST", headers, body: JSON.stringify([subscribe]) }),
      ]);
      const poll = gateway.request("/v1/poll", {
        method: "POST",
        headers,
        body: JSON.stringify({ messages: [subscribe], waitMs: 55_000 }),
      });
      const subscribers = async (): Promise<number> =>
        ((await (await gateway.request("/v1/channels/agent:a")).json()) as { subscribers: number }).subscribers;
      while ((await subscribers()) < 5);
      await revoke();
      expect(await wire.closed).toEqual({ code: 3507, reason: "revoked" });
      for (const response of streams) for await (const _event of serverEvents(response));
      await (await poll).text();
      expect((await gateway.request("/v1/info", { headers })).status).toBe(401);
      await expect(openWire(gateway, { headers })).rejects.toThrow("401");
      await gateway.publish(numbered("agent:a", 2, 2));
      expect(await unharmed.inbox.until(({ offset }) => offset === 2)).toBeDefined();
      expect(wire.inbox.all.filter(({ offset }) => offset === 2)).toEqual([]);
    },
  );
});
