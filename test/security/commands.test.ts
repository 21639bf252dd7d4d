/** Who may give which command, by every way in; and what those who may cannot make of one. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cli } from "../support/cli.ts";
import { bearer } from "../support/http.ts";
import { issuer, tokenOf } from "../support/issuer.ts";
import { type Peer, startTarget, type Target, text, upgraded } from "./support/target.ts";

type Body = Record<string, unknown>;

let target: Target;
beforeAll(async () => {
  target = await startTarget({ jwt: [{ ...issuer, tenants: ["blue", "red"] }] });
});
afterAll(async () => {
  expect(target.faults()).toEqual([]);
  await target.stop();
});

async function ask(
  token: string,
  path: string,
  body?: unknown,
  method = "POST",
): Promise<{ status: number; body: Body }> {
  const headers = { ...bearer(token), "content-type": "application/json" };
  const init = body === undefined ? { headers } : { method, headers, body: JSON.stringify(body) };
  const answer = await fetch(`${target.url}${path}`, init);
  return { status: answer.status, body: (await answer.json()) as Body };
}

/** The name of the error in an answer, or of its one result; `undefined`: it was done. */
function errorOf(body: Body): string | undefined {
  const [result] = (body.results ?? [body]) as Array<{ error?: { name: string } }>;
  return result?.error?.name;
}

/** Ways to publish a step; each gives the error's name. */
const ways = {
  "POST /v1/events": async (token: string, event: Body) => errorOf((await ask(token, "/v1/events", [event])).body),
  WebSocket: async (token: string, event: Body) => {
    const peer: Peer = await upgraded(target, bearer(token));
    peer.socket.write(text({ id: "step", ...event }));
    const { data } = await peer.message(({ type }) => type === "ack" || type === "error");
    peer.socket.destroy();
    return errorOf(data ?? {});
  },
};

let made = 0;
const newId = (): string => `c${++made}`;

/** Gives a command in each way there is; each has an id of its own. */
async function give(token: string, to: string, name: string): Promise<Record<string, string | undefined>> {
  const command = (): Body => ({ target: to, name, commandId: newId() });
  const event = (): Body => ({ type: "command_queued", channel: to, data: command() });
  return {
    "POST /v1/commands": errorOf((await ask(token, "/v1/commands", command())).body),
    "POST /v1/events": await ways["POST /v1/events"](token, event()),
    WebSocket: await ways.WebSocket(token, event()),
  };
}

const byEach = (error: string | undefined): Record<string, string | undefined> => ({
  "POST /v1/commands": error,
  "POST /v1/events": error,
  WebSocket: error,
});

const channels = ["agent:a", "agent:a/sub", "agent:b", "process:a/p", "session:s", "user:olga"] as const;
type Channel = (typeof channels)[number];
const names = ["pause", "cancel", "anything"] as const;
type Name = (typeof names)[number];

const shared = channels.filter((channel) => channel !== "user:olga");
const every = names;
/** Who: how their token says so, and which commands they may give to which channels. */
const people: ReadonlyArray<[who: string, grants: Body, may: Partial<Record<Channel, readonly Name[]>>]> = [
  ["nobody", {}, {}],
  ["viewer", { role: "viewer" }, {}],
  ["approver", { role: "approver" }, {}],
  ["operator", { role: "operator" }, Object.fromEntries(shared.map((channel) => [channel, every]))],
  ["admin", { role: "admin" }, Object.fromEntries(channels.map((channel) => [channel, every]))],
  ["agent", { role: "agent", kind: "agent", agentId: "a" }, {}],
  ["agent that is made admin", { role: ["agent", "admin"], kind: "agent", agentId: "a" }, {}],
  [
    "all but command",
    { capabilities: [{ channels: "*", verbs: ["publish", "subscribe", "history", "presence", "approve"] }] },
    {},
  ],
  ["one channel", { capabilities: [{ channels: "agent:a", verbs: ["command"] }] }, { "agent:a": every }],
  ["a pattern", { capabilities: [{ channels: "agent:a/*", verbs: ["command"] }] }, { "agent:a/sub": every }],
  [
    "named commands",
    { capabilities: [{ channels: "agent:*", verbs: ["command"], commands: ["pause"] }] },
    { "agent:a": ["pause"], "agent:a/sub": ["pause"], "agent:b": ["pause"] },
  ],
  [
    "names here, all there",
    {
      capabilities: [
        { channels: "agent:*", verbs: ["history", "command"], commands: ["pause"] },
        { channels: "process:a/*", verbs: ["command"] },
      ],
    },
    { "agent:a": ["pause"], "agent:a/sub": ["pause"], "agent:b": ["pause"], "process:a/p": every },
  ],
  ["no names", { capabilities: [{ channels: "*", verbs: ["command"], commands: [] }] }, {}],
  ["a role nobody defined", { role: "captain" }, {}],
];

describe("A37 a command without the right to it", () => {
  test.each(people)(
    "%s: exactly what the token grants, by every way in; what is refused is not kept",
    async (who, grants, may) => {
      const sub = `give-${who.replaceAll(/\W/g, "-")}`;
      const token = tokenOf(sub, grants);
      for (const channel of channels) {
        for (const name of names) {
          const isAllowed = may[channel]?.includes(name) === true;
          expect([channel, name, await give(token, channel, name)]).toEqual([
            channel,
            name,
            byEach(isAllowed ? undefined : "forbidden"),
          ]);
        }
      }
      const { body } = await ask(target.token, "/v1/commands?limit=1000");
      const given = (body.commands as Body[])
        .filter(({ issuedBy }) => String(issuedBy).endsWith(`:${sub}`))
        .map((command) => `${command.target} ${command.name}`);
      const expected = Object.entries(may).flatMap(([channel, granted]) =>
        granted.flatMap((name) => Object.keys(byEach(undefined)).map(() => `${channel} ${name}`)),
      );
      expect(given.sort()).toEqual(expected.sort());
    },
  );

  test.each(people)(
    "%s: nobody takes back what they may not give, and who cannot see it learns nothing",
    async (who, grants, may) => {
      const token = tokenOf(`back-${who.replaceAll(/\W/g, "-")}`, grants);
      for (const channel of channels) {
        for (const name of names) {
          const commandId = newId();
          await ask(target.token, "/v1/commands", { target: channel, name, commandId });
          const taken = await ask(token, `/v1/commands/${commandId}/cancel`, {});
          const { body } = await ask(target.token, `/v1/commands/${commandId}`);
          const isAllowed = may[channel]?.includes(name) === true;
          expect([channel, name, body.state]).toEqual([channel, name, isAllowed ? "cancelled" : "queued"]);
          if (isAllowed) continue;
          // Only who may give other commands there, and sees this one, is told why.
          const isTold = who === "names here, all there" && channel.startsWith("agent:");
          const never = await ask(token, "/v1/commands/never-was/cancel", {});
          if (isTold) expect(errorOf(taken.body)).toBe("forbidden");
          else expect([channel, name, taken]).toEqual([channel, name, never]);
        }
      }
    },
  );

  test("to a pattern: only those at work that one may command", async () => {
    for (const channel of ["agent:a", "agent:b", "process:a/p"]) {
      await ask(target.token, `/v1/leases/${channel}`, { producer: "p", ttlMs: 60_000 }, "PUT");
    }
    const given = async (grants: Body, name: string, pattern = "agent:*") => {
      const { status, body } = await ask(tokenOf("many", grants), "/v1/commands", { target: pattern, name });
      return status === 202 ? (body.commands as Body[]).map((one) => one.target) : errorOf(body);
    };
    const pausing = { capabilities: [{ channels: "agent:*", verbs: ["command"], commands: ["pause"] }] };
    const one = { capabilities: [{ channels: "agent:b", verbs: ["command"] }] };
    expect(await given({ role: "operator" }, "pause")).toEqual(["agent:a", "agent:b"]);
    expect(await given(pausing, "pause")).toEqual(["agent:a", "agent:b"]);
    expect(await given(pausing, "pause", "*")).toEqual(["agent:a", "agent:b"]);
    expect(await given(pausing, "cancel")).toEqual([]);
    expect(await given(one, "cancel")).toEqual(["agent:b"]);
    for (const grants of [{ role: "viewer" }, { role: "agent", kind: "agent", agentId: "a" }]) {
      expect(await given(grants, "pause")).toBe("forbidden");
    }
  });

  test("a key of the command line that names commands may give these and no others", async () => {
    const args = [
      "keys",
      "create",
      "brake",
      "--capability",
      "agent:*=history,command(pause)",
      "--data-dir",
      target.dataDir,
    ];
    const making = cli(args, { cwd: target.dataDir });
    expect([await making.ended, making.stderr()]).toEqual([0, expect.any(String)]);
    const token = making.stdout().trim();
    expect(await give(token, "agent:b", "pause")).toEqual(byEach(undefined));
    expect(await give(token, "agent:b", "cancel")).toEqual(byEach("forbidden"));
    expect(await give(token, "process:a/p", "pause")).toEqual(byEach("forbidden"));
    const { body } = await ask(token, "/v1/channels/agent:b/steering");
    const allowed = (body.commands as Body[]).filter((one) => one.allowed).map((one) => one.name);
    expect(allowed).toEqual(["pause"]);
  });
});

describe("A37 what nobody can make of a command", () => {
  const operator = (): string => tokenOf("olga", { role: "operator" });

  test.each(Object.keys(ways) as Array<keyof typeof ways>)(
    "%s: what the gateway stamps is overwritten",
    async (way) => {
      const commandId = newId();
      const forged = {
        ...{ issuedBy: "user:boss", issuedAt: 1, expiresAt: 8e15, state: "done", startedAt: 1, startedBy: "agent:b" },
        ...{ attempts: 9, endedAt: 1, result: { ok: true }, cancelledBy: "user:boss" },
      };
      const event = {
        ...{ type: "command_queued", channel: "agent:b", metadata: { source: "gateway" } },
        data: { target: "agent:b", name: "pause", commandId, ...forged },
      };
      expect(await ways[way](operator(), event)).toBeUndefined();
      const { body } = await ask(target.token, `/v1/commands/${commandId}`);
      expect(body).toMatchObject({ state: "queued", issuedBy: "user:olga", attempts: 0 });
      for (const name of ["startedAt", "endedAt", "result", "cancelledBy"]) expect(body).not.toHaveProperty(name);
      expect(Number(body.issuedAt)).toBeGreaterThan(Date.now() - 3_600_000);
      expect(Number(body.expiresAt) - Number(body.issuedAt)).toBe(600_000);
      const history = await ask(target.token, "/v1/channels/agent:b/events?since=earliest&limit=1000");
      const kept = (history.body.events as Array<{ data: Body; metadata?: Body }>).find(
        ({ data }) => data.commandId === commandId,
      );
      expect(kept?.data).toMatchObject({ issuedBy: "user:olga", issuedAt: body.issuedAt, expiresAt: body.expiresAt });
      expect(kept?.metadata?.source).toBeUndefined();
    },
  );

  test("POST /v1/commands overwrites it too", async () => {
    const forged = { issuedBy: "user:boss", issuedAt: 1, expiresAt: 8e15, state: "done", result: { ok: true } };
    const { status, body } = await ask(operator(), "/v1/commands", { target: "agent:b", name: "pause", ...forged });
    expect([status, body]).toMatchObject([202, { state: "queued", issuedBy: "user:olga" }]);
    expect(body).not.toHaveProperty("result");
    expect(Number(body.expiresAt) - Number(body.issuedAt)).toBe(600_000);
  });

  test.each([
    ["an id of budgets", { commandId: "budget.1.2" }],
    ["an id that is a path", { commandId: "../agent" }],
    ["an id that is too long", { commandId: "x".repeat(65) }],
    ["an empty id", { commandId: "" }],
    ["an id that is no text", { commandId: 7 }],
    ["a time that no command has", { ttlMs: 8 * 86_400_000 }],
    ["a time before now", { ttlMs: -1 }],
    ["a name that is none", { name: "" }],
    ["a name that is too long", { name: "x".repeat(65) }],
    ["another channel than its target's", { target: "agent:a" }],
  ])("%s is refused, by an admin too", async (_what, wrong) => {
    const before = await target.state();
    for (const token of [operator(), target.token]) {
      const event = {
        type: "command_queued",
        channel: "agent:b",
        data: { target: "agent:b", name: "pause", ...wrong },
      };
      for (const way of Object.values(ways)) expect(await way(token, event)).toBe("invalid_message");
    }
    expect(await target.state()).toEqual(before);
  });

  test("a channel that one may command does not carry a command to another", async () => {
    const token = tokenOf("nina", { capabilities: [{ channels: "agent:b", verbs: ["command"] }] });
    const before = await target.state();
    const event = { type: "command_queued", channel: "agent:b", data: { target: "agent:a", name: "pause" } };
    for (const way of Object.values(ways)) expect(await way(token, event)).toBe("invalid_message");
    expect(await target.state()).toEqual(before);
  });

  test("an id that somebody else's command has is refused, and that command stays what it is", async () => {
    const commandId = newId();
    await ask(operator(), "/v1/commands", { target: "agent:b", name: "pause", commandId });
    const other = { target: "agent:b", name: "cancel", commandId };
    expect(errorOf((await ask(tokenOf("otto", { role: "operator" }), "/v1/commands", other)).body)).toBe(
      "already_exists",
    );
    expect((await ask(target.token, `/v1/commands/${commandId}`)).body).toMatchObject({
      name: "pause",
      issuedBy: "user:olga",
    });
  });

  test("its life is its target's to say, and the gateway's: not of who gave it, nor of another agent", async () => {
    const commandId = newId();
    await ask(operator(), "/v1/commands", { target: "agent:c", name: "pause", commandId });
    const steps = ["delivered", "started", "done", "expired", "cancelled"].map((step) => `command_${step}`);
    const another = tokenOf("d", { role: "agent", kind: "agent", agentId: "d" });
    for (const way of Object.values(ways)) {
      for (const type of steps) {
        const data = { commandId, target: "agent:c" };
        expect(await way(another, { type, channel: "agent:c", data })).toBe("forbidden");
        if (type !== "command_cancelled")
          expect(await way(operator(), { type, channel: "agent:c", data })).toBe("forbidden");
        // Without a channel its command's is meant; of that they learn nothing.
        expect(await way(another, { type, data: { commandId } })).toBe("not_found");
      }
      // Not even an admin says that its time is up.
      const expired = { type: "command_expired", channel: "agent:c", data: { commandId, target: "agent:c" } };
      expect(await way(target.token, expired)).toBe("wrong_state");
    }
    expect((await ask(target.token, `/v1/commands/${commandId}`)).body).toMatchObject({ state: "queued" });
  });

  test("another tenant's command, and one that cannot be seen, are answered like one that never was", async () => {
    const admin = (tenant: string): string => tokenOf("boss", { role: "admin", tenant });
    const theirs = newId();
    expect(
      (await ask(admin("blue"), "/v1/commands", { target: "agent:a", name: "pause", commandId: theirs })).status,
    ).toBe(202);
    const hidden = newId();
    await ask(target.token, "/v1/commands", { target: "agent:b", name: "pause", commandId: hidden });
    const cases: Array<[token: string, id: string]> = [
      [admin("red"), theirs],
      [target.token, theirs],
      [tokenOf("vic", { capabilities: [{ channels: "process:*", verbs: ["history", "command"] }] }), hidden],
    ];
    for (const [token, id] of cases) {
      const answers = async (commandId: string) => {
        const asked = [
          await ask(token, `/v1/commands/${commandId}`),
          await ask(token, `/v1/commands/${commandId}/cancel`, {}),
          await ask(token, "/v1/events", [{ id: "step", type: "command_started", data: { commandId } }]),
          await ask(token, "/v1/events", [{ id: "step", type: "command_cancelled", data: { commandId } }]),
        ];
        return JSON.stringify(asked).replaceAll(commandId, "ID");
      };
      expect(await answers(id)).toBe(await answers("never-was"));
      expect(await answers(id)).toContain("not_found");
    }
    // The same id is another command there, and the first one stays as it is.
    expect(
      (await ask(admin("red"), "/v1/commands", { target: "agent:a", name: "cancel", commandId: theirs })).status,
    ).toBe(202);
    expect((await ask(admin("blue"), `/v1/commands/${theirs}`)).body).toMatchObject({ name: "pause", state: "queued" });
    expect((await ask(admin("blue"), "/v1/commands")).body.commands).toHaveLength(1);
  });
});
