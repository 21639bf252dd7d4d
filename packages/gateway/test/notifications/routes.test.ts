import { describe, expect, test } from "vitest";
import { keysFile } from "../../src/auth/files.ts";
import { ApiKeys, openKeyFile } from "../../src/index.ts";
import { hashOfLink, type Link, linkToken, readLink } from "../../src/notifications/links.ts";
import { openGateway, type TestGateway } from "../support/gateway.ts";

const p256dh = Buffer.concat([Buffer.from([4]), Buffer.alloc(64, 7)]).toString("base64url");
const auth = Buffer.alloc(16, 9).toString("base64url");

const ask = async (gateway: TestGateway, method: string, path: string, body?: unknown, token?: string) => {
  const response = await gateway.request(path, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
  });
  return {
    status: response.status,
    body: (await response.json()) as Record<string, unknown> & { error?: { message: string } },
  };
};

const keyOf = async (gateway: TestGateway, name: string, more: object) => {
  const keys = new ApiKeys({ store: openKeyFile(keysFile(gateway.dataDir)) });
  return { keys, ...(await keys.create({ name, kind: "user", subject: name, role: [], capabilities: [], ...more })) };
};

describe("§15.4 /v1/notifications", () => {
  test("a browser is subscribed, changed by subscribing again, and removed", async () => {
    const gateway = await openGateway();
    const put = (more: object) =>
      ask(gateway, "PUT", "/v1/notifications/subscriptions", {
        endpoint: "https://push.example/1",
        keys: { p256dh, auth },
        ...more,
      });
    const first = await put({ label: "phone" });
    expect(first.body).toMatchObject({
      service: "https://push.example",
      notify: ["needs_you"],
      delayMs: 30_000,
      label: "phone",
    });
    const second = await put({ notify: ["trouble", "needs_you"], delayMs: 0 });
    expect(second.body).toMatchObject({
      id: first.body.id,
      label: "phone",
      notify: ["trouble", "needs_you"],
      delayMs: 0,
    });
    const { body } = await ask(gateway, "GET", "/v1/notifications/subscriptions");
    expect(body.subscriptions).toHaveLength(1);
    expect(JSON.stringify(body)).not.toContain("push.example/1");
    expect((await ask(gateway, "DELETE", `/v1/notifications/subscriptions/${first.body.id}`)).body).toEqual({
      removed: true,
    });
    expect((await ask(gateway, "DELETE", `/v1/notifications/subscriptions/${first.body.id}`)).status).toBe(404);
  });

  test.each<[string, object, string]>([
    ["an endpoint within", { endpoint: "https://192.168.1.1/x" }, "not on the public internet"],
    ["a key that is none", { keys: { p256dh: "AAAA", auth } }, "/keys/p256dh"],
    ["a secret that is too short", { keys: { p256dh, auth: "AAAA" } }, "/keys/auth"],
    ["something to be told that nobody knows", { notify: ["all"] }, "/notify"],
    ["a delay of an hour", { delayMs: 3_600_000 }, "/delayMs"],
    ["a label without end", { label: "x".repeat(81) }, "/label"],
  ])("%s is refused", async (_what, more, says) => {
    const gateway = await openGateway();
    const body = { endpoint: "https://push.example/1", keys: { p256dh, auth }, ...more };
    const answer = await ask(gateway, "PUT", "/v1/notifications/subscriptions", body);
    expect(answer.status).toBe(400);
    expect(answer.body.error?.message).toContain(says);
  });

  test("twenty for each, and then one has to go", async () => {
    const gateway = await openGateway();
    const add = (at: number) =>
      ask(gateway, "POST", "/v1/notifications/webhooks", { url: `https://hooks.example/${at}` });
    for (let at = 0; at < 20; at++) expect((await add(at)).status).toBe(201);
    const over = await add(20);
    expect(over).toMatchObject({ status: 429, body: { error: { name: "rate_limited", details: { limit: 20 } } } });
    expect(over.body.error?.message).toContain("remove one");
  });

  test("everybody has their own, also where others know its id; and only who could be told may have one", async () => {
    const gateway = await openGateway();
    const { token } = await keyOf(gateway, "ada", { role: ["approver"] });
    const { body } = await ask(gateway, "POST", "/v1/notifications/webhooks", { url: "https://hooks.example/" }, token);
    expect((await ask(gateway, "GET", "/v1/notifications/webhooks")).body).toEqual({ webhooks: [] });
    for (const [method, more] of [
      ["PUT", ""],
      ["DELETE", ""],
      ["POST", "/rotate"],
      ["POST", "/test"],
      ["GET", "/deliveries"],
    ] as const) {
      const given = method === "PUT" || method === "POST" ? {} : undefined;
      expect((await ask(gateway, method, `/v1/notifications/webhooks/${body.id}${more}`, given)).status).toBe(404);
    }
    const viewer = await keyOf(gateway, "eve", { role: ["viewer"] });
    const refused = await ask(
      gateway,
      "POST",
      "/v1/notifications/webhooks",
      { url: "https://hooks.example/" },
      viewer.token,
    );
    expect(refused).toMatchObject({
      status: 403,
      body: { error: { message: expect.stringContaining("lacks the verb approve") } },
    });
    const trouble = { url: "https://hooks.example/", notify: ["trouble"] };
    expect((await ask(gateway, "POST", "/v1/notifications/webhooks", trouble, viewer.token)).status).toBe(201);
  });

  test("what an administrator should set is said; the public address stands in place of the own one", async () => {
    const local = await openGateway();
    expect((await ask(local, "GET", "/v1/notifications/key")).body).toMatchObject({
      publicUrl: local.url,
      hint: expect.stringContaining("publicUrl"),
    });
    const set = await openGateway({
      publicUrl: "https://box.example.org/panel/",
      notifications: { contact: "mailto:ops@example.org" },
    });
    const { body } = await ask(set, "GET", "/v1/notifications/key");
    expect(body).toMatchObject({
      publicUrl: "https://box.example.org/panel",
      limit: 20,
      publicKey: expect.stringMatching(/^[\w-]{87}$/),
    });
    expect(body.hint).toBeUndefined();
    expect((await ask(set, "GET", "/v1/notifications/key")).body.publicKey).toBe(body.publicKey);
  });
});

describe("§15.7 links", () => {
  const secret = Buffer.alloc(32, 1).toString("base64url");
  const link: Link = { checkpointId: "c", payloadHash: "sha256:x", decision: "approve", to: "w_1", untilMs: 9_000 };

  test("what was signed is read as it was; anything else is nothing", () => {
    const token = linkToken(secret, { ...link, tenant: "acme" });
    expect(readLink(secret, token)).toEqual({ ...link, tenant: "acme" });
    expect(readLink(secret, linkToken(secret, link))).toEqual(link);
    expect(readLink(Buffer.alloc(32, 2).toString("base64url"), token)).toBeUndefined();
    for (let at = 0; at < token.length; at++) {
      const other = token[at] === "A" ? "B" : "A";
      const forged = token.slice(0, at) + other + token.slice(at + 1);
      // The last character of base64 may have bits that say nothing.
      if (
        Buffer.from(forged.split(".")[1] ?? "", "base64url").equals(
          Buffer.from(token.split(".")[1] ?? "", "base64url"),
        ) &&
        at > token.indexOf(".")
      )
        continue;
      expect(readLink(secret, forged), String(at)).toBeUndefined();
    }
    for (const odd of ["", ".", `${token}.`, token.toUpperCase(), `${token}=`, "a".repeat(2_000)])
      expect(readLink(secret, odd)).toBeUndefined();
    expect(hashOfLink(token)).toMatch(/^[\w-]{43}$/);
  });

  const opened = async (more: object = {}) => {
    const gateway = await openGateway();
    const { token, keys, key } = await keyOf(gateway, "ada", { role: ["approver", "viewer"] });
    const { body } = await ask(
      gateway,
      "POST",
      "/v1/notifications/webhooks",
      { url: "https://hooks.example/", delayMs: 600_000 },
      token,
    );
    await ask(gateway, "GET", "/v1/notifications/key");
    const checkpoint = {
      checkpointId: "c1",
      channel: "agent:a",
      checkpointData: { run: "it" },
      title: "Run <it>?",
      ...more,
    };
    const { body: made } = await ask(gateway, "POST", "/v1/checkpoints", checkpoint);
    const { readFileSync } = await import("node:fs");
    const { linkSecret } = JSON.parse(readFileSync(`${gateway.dataDir}/notification-keys.json`, "utf8"));
    const linkTo = (about: Partial<Link> = {}): string =>
      linkToken(linkSecret, {
        ...{ checkpointId: "c1", payloadHash: String(made.payloadHash), decision: "approve", to: String(body.id) },
        ...{ untilMs: Date.now() + 60_000, ...about },
      });
    const press = async (token: string, method = "POST") => {
      const response = await fetch(`${gateway.url}/decide/${token}`, {
        method,
        headers: { accept: "application/json" },
      });
      return { status: response.status, ...((await response.json()) as { title: string; text: string }) };
    };
    const state = async () => (await ask(gateway, "GET", "/v1/checkpoints/c1")).body;
    return { gateway, token, keys, key, hookId: String(body.id), linkTo, press, state };
  };

  test("is decided as the one it was sent to, once, and the event says how", async () => {
    const { gateway, linkTo, press, state } = await opened();
    const token = linkTo();
    expect(await press(token, "GET")).toMatchObject({ status: 200, title: "Approve?" });
    expect((await state()).state).toBe("open");
    const [first, second] = await Promise.all([press(token), press(token)]);
    expect([first.status, second.status].sort()).toEqual([200, 410]);
    expect(await state()).toMatchObject({ decision: "approve", decidedBy: "user:ada" });
    const { body } = await ask(gateway, "GET", "/v1/channels/agent:a/events");
    const events = body.events as Array<{ type: string; metadata?: { source?: string } }>;
    expect(events.filter(({ type }) => type === "checkpoint_decided")).toMatchObject([
      { metadata: { source: "link" } },
    ]);
    expect(await press(token)).toMatchObject({
      title: "This link was used already",
      text: expect.stringContaining("Approved by user:ada"),
    });
  });

  test.each<[string, Partial<Link>, number]>([
    ["too old", { untilMs: 1 }, 410],
    ["of another payload", { payloadHash: "sha256:other" }, 410],
    ["of a checkpoint that is not there", { checkpointId: "c2" }, 410],
    ["to an endpoint that was removed", { to: "w_gone" }, 403],
    ["of another tenant", { tenant: "acme" }, 410],
  ])("%s decides nothing", async (_what, about, status) => {
    const { linkTo, press, state } = await opened();
    expect((await press(linkTo(about))).status).toBe(status);
    expect((await state()).state).toBe("open");
  });

  test("what was dangerous or needs an answer is only shown in the dashboard", async () => {
    for (const more of [
      { risk: "high" },
      { risk: "CRITICAL" },
      { risk: "drops the table" },
      { answerSchema: { type: "string" } },
    ]) {
      const { linkTo, press, state } = await opened(more);
      expect((await press(linkTo())).status).toBe(410);
      expect((await state()).state).toBe("open");
    }
  });

  test("whose key was revoked, or who lost the role, decides nothing", async () => {
    const { keys, key, linkTo, press, state, gateway } = await opened();
    await keys.revoke(key.id);
    await expect.poll(async () => (await press(linkTo(), "GET")).status).toBe(403);
    expect((await press(linkTo())).status).toBe(403);
    expect((await state()).state).toBe("open");
    expect(gateway.lines.join("\n")).not.toContain("/decide/");
    const other = await opened({ roles: ["release-manager"] });
    expect(await other.press(other.linkTo())).toMatchObject({ status: 403, title: "Not allowed" });
    expect((await other.state()).state).toBe("open");
  });

  test("an address has so many tries", async () => {
    const { press } = await opened();
    const statuses: number[] = [];
    for (let times = 0; times < 35; times++) statuses.push((await press(`a.${"b".repeat(43)}`)).status);
    expect(statuses.slice(0, 30)).toEqual(Array.from({ length: 30 }, () => 404));
    expect(statuses).toContain(429);
  });

  test("a page says text as text, and has a policy that allows nothing else", async () => {
    const { gateway, linkTo } = await opened({
      title: `<img src=x onerror=alert(1)> "'& \u202e evil`,
      checkpointData: "</dd><script>1</script>",
    });
    const response = await fetch(`${gateway.url}/decide/${linkTo()}`);
    const html = await response.text();
    expect(html).not.toMatch(/<img|<script|\u202e/);
    expect(html).toContain("&#60;img src=x onerror=alert(1)&#62; &#34;&#39;&#38;  evil");
    expect(response.headers.get("content-security-policy")).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.get("referrer-policy")).toBe("strict-origin");
  });
});
