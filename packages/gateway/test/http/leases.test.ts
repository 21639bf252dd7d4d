/** §12.1 over HTTP and on a WebSocket. */
import { expect, test } from "vitest";
import { bearer, jwt, may, withIssuer } from "../identity/issuer.ts";
import { openGateway, type TestGateway, token } from "../support/gateway.ts";

type Body = Record<string, unknown> & { error?: { name: string; details: Record<string, unknown> } };

async function call(gateway: TestGateway, method: string, path: string, body?: unknown, headers = {}) {
  const response = await gateway.request(`/v1/leases${path}`, {
    ...{ method, headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Body };
}

const listed = async (gateway: TestGateway, query: string): Promise<unknown[]> => {
  const { body } = await call(gateway, "GET", query);
  return (body.leases as Array<{ channel: string }>).map(({ channel }) => channel);
};

test("§12.1 leases are taken, renewed, refused, taken over, released and listed", async () => {
  const gateway = await openGateway();
  const taken = await call(gateway, "PUT", "/agent:a", { producer: "p", ttlMs: 20_000, progressMs: 60_000 });
  const held = { channel: "agent:a", producer: "p", epoch: 1, ttlMs: 20_000, progressMs: 60_000, state: "held" };
  expect(taken).toEqual({ status: 200, body: held });
  expect((await call(gateway, "PUT", "/agent:a", { producer: "p", epoch: 1 })).body).toEqual(held);
  expect(await call(gateway, "PUT", "/agent:a", { producer: "q" })).toMatchObject({
    status: 409,
    body: { error: { name: "leased", details: { producer: "p", epoch: 1 } } },
  });
  const over = await call(gateway, "PUT", "/agent:a", { producer: "q", takeOver: true });
  expect(over.body).toMatchObject({ producer: "q", epoch: 2, ttlMs: 15_000 });
  expect(await call(gateway, "PUT", "/agent:a", { producer: "p", epoch: 1 })).toMatchObject({
    status: 403,
    body: { error: { name: "fenced", details: { producer: "q", epoch: 2 } } },
  });
  const [zombie] = await gateway.publish([
    { type: "agent_log", data: { agentId: "a", message: "x" }, metadata: { producer: { id: "p", epoch: 1, seq: 1 } } },
  ]);
  expect(zombie).toMatchObject({ error: { name: "fenced" } });
  await call(gateway, "PUT", "/session:s", { producer: "p" });
  expect((await call(gateway, "GET", "/agent:a")).body).toMatchObject({ producer: "q", epoch: 2, position: {} });
  expect(await listed(gateway, "?state=held")).toEqual(["agent:a", "session:s"]);
  expect(await listed(gateway, "?channel=agent:*")).toEqual(["agent:a"]);
  expect(await call(gateway, "DELETE", "/agent:a?producer=q&epoch=2")).toMatchObject({
    status: 200,
    body: { state: "released" },
  });
  expect((await call(gateway, "DELETE", "/agent:a?producer=q&epoch=2")).status).toBe(409);
  expect(await listed(gateway, "?state=held")).toEqual(["session:s"]);
  expect(await listed(gateway, "?limit=1&after=agent:a")).toEqual(["session:s"]);
});

test("what is wrong is said, and nobody learns of what they may not see", async () => {
  const gateway = await openGateway(withIssuer);
  const nameOf = async (path: string, body: unknown) => (await call(gateway, "PUT", path, body)).body.error;
  expect(await nameOf("/agent:a", {})).toMatchObject({ details: { path: "/producer", rule: "is required" } });
  expect(await nameOf("/agent:a", { producer: "p", ttlMs: 10 })).toMatchObject({ details: { path: "/ttlMs" } });
  expect(await nameOf("/agent:a", { producer: "with space" })).toMatchObject({ name: "invalid_message" });
  expect(await nameOf("/nowhere:a", { producer: "p" })).toMatchObject({ name: "unknown_namespace" });
  expect((await call(gateway, "GET", "/agent:a")).status).toBe(404);
  await call(gateway, "PUT", "/agent:a", { producer: "p" });
  const as = (capabilities: ReturnType<typeof may>[]) => bearer(jwt({ can: capabilities }));
  const viewer = as([may("agent:b", "history")]);
  expect((await call(gateway, "GET", "/agent:a", undefined, viewer)).status).toBe(404);
  expect((await call(gateway, "GET", "", undefined, viewer)).body).toEqual({ leases: [] });
  expect((await call(gateway, "PUT", "/agent:b", { producer: "p" }, viewer)).status).toBe(403);
  // Whoever publishes an event of a lease does not make one.
  const [forged] = await gateway.publish([
    { type: "lease_released", data: { channel: "agent:a", producer: "p", epoch: 1 } },
  ]);
  expect(forged).toMatchObject({ error: { name: "forbidden" } });
});

test("§12.1 on a WebSocket the control message lease does the same", async () => {
  const gateway = await openGateway();
  const socket = new WebSocket(`${gateway.url.replace("http", "ws")}/v1/ws`, [
    "signalbox.v1",
    `signalbox.token.${token}`,
  ]);
  const answers: Array<{ type: string; data: unknown; metadata?: { correlationId: string } }> = [];
  let told = (): void => {};
  socket.addEventListener("message", ({ data }) => {
    answers.push(...[JSON.parse(String(data))].flat());
    told();
  });
  const answer = async (id: string, data: object) => {
    socket.send(JSON.stringify({ id, type: "lease", data }));
    for (;;) {
      const found = answers.find(({ metadata }) => metadata?.correlationId === id);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        told = resolve;
      });
    }
  };
  await new Promise((resolve) => socket.addEventListener("open", resolve));
  const about = { channel: "agent:a", producer: "p" };
  expect(await answer("1", about)).toMatchObject({ type: "lease", data: { ...about, epoch: 1, state: "held" } });
  expect(await answer("2", { ...about, epoch: 1 })).toMatchObject({ type: "lease", data: { epoch: 1 } });
  expect(await answer("3", { ...about, producer: "q" })).toMatchObject({ type: "error", data: { name: "leased" } });
  expect(await answer("4", { ...about, epoch: 0 })).toMatchObject({ type: "error", data: { name: "invalid_message" } });
  expect(await answer("5", { ...about, epoch: 1, release: true })).toMatchObject({ data: { state: "released" } });
  socket.close();
});
