/** S§1: surfaces are guarded like /v1/ws: who may come in, what floods and silence end in, and that others go on being served. */
import { describe, expect, onTestFinished, test } from "vitest";
import WebSocket from "ws";
import { inSeconds, jwt, withIssuer } from "../identity/issuer.ts";
import { closeCode, frame, short, upgraded } from "../support/frames.ts";
import { openGateway, type TestGateway, token } from "../support/gateway.ts";

const surfaces = [
  { path: "/ws/session/s1", protocol: "signalbox.session.v1" },
  { path: "/ws/executions", protocol: "signalbox.executions.v1" },
  { path: "/ws/executions/e1", protocol: "signalbox.executions.v1" },
] as const;

async function openWithSession(flags: Parameters<typeof openGateway>[0] = {}): Promise<TestGateway> {
  const gateway = await openGateway(flags);
  await gateway.publish([{ type: "session_started", data: { sessionId: "s1" } }]);
  return gateway;
}

/** The status where it is refused, 101 where it is not; then its socket. */
async function knock(
  gateway: TestGateway,
  path: string,
  { protocols = [], headers = {} }: { protocols?: string[]; headers?: Record<string, string> } = {},
): Promise<{ status: number; socket: WebSocket }> {
  const socket = new WebSocket(gateway.url.replace("http", "ws") + path, protocols, { headers });
  onTestFinished(() => socket.terminate());
  socket.on("error", () => {});
  const status = await new Promise<number>((resolve) => {
    socket.once("open", () => resolve(101));
    socket.once("unexpected-response", (_request, response) => resolve(response.statusCode ?? 0));
  });
  return { status, socket };
}

const closed = (socket: WebSocket): Promise<number> =>
  new Promise((resolve) => socket.once("close", (code) => resolve(code)));
const bearer = { authorization: `Bearer ${token}` };

describe.each(surfaces)("$path", ({ path, protocol }) => {
  test("S§1.1 X11 takes a token from the header, the subprotocol or a ticket, each once, and nothing else", async () => {
    const gateway = await openWithSession();
    const status = async (options: Parameters<typeof knock>[2], at: string = path) =>
      (await knock(gateway, at, options)).status;
    expect(await status({ headers: bearer })).toBe(101);
    const { status: offered, socket } = await knock(gateway, path, {
      protocols: [protocol, `signalbox.token.${token}`],
    });
    expect([offered, socket.protocol]).toEqual([101, protocol]);
    expect(await status({ protocols: ["signalbox.v1", `signalbox.token.${token}`] })).toBe(400);
    const issued = await gateway.request("/v1/tickets", { method: "POST" });
    const { ticket } = (await issued.json()) as { ticket: string };
    expect(await status({}, `${path}?ticket=${ticket}`)).toBe(101);
    expect(await status({}, `${path}?ticket=${ticket}`)).toBe(401);
    expect(await status({})).toBe(401);
    expect(await status({ headers: { authorization: "Bearer wrong" } })).toBe(401);
    expect(await status({}, `${path}?token=${token}`)).toBe(400);
    expect(await status({ headers: { ...bearer, origin: "https://evil.example" } })).toBe(403);
    expect(await status({ headers: { ...bearer, host: "evil.example" } })).toBe(403);
  });

  test.each<[string, Buffer, number]>([
    ["A17 a frame that says it is huge", frame(0x81, "", { length: 2n ** 40n }), 1009],
    ["A18 a fragment without an end", short(0x01, "{"), 3500],
    ["A21 pings", Buffer.concat(Array.from({ length: 5_000 }, () => short(0x89, "x"))), 1008],
    ["A26 a binary frame", short(0x82, "{}"), 3500],
    ["A26 a frame that is not masked", frame(0x81, "{}", { masked: false }), 1002],
    ["A26 bytes that are not UTF-8", short(0x81, Buffer.from([0xff])), 1007],
  ])("%s: closed", async (_what, bytes, code) => {
    const gateway = await openWithSession({ limits: { heartbeatMs: 1_000, messageMs: 100, controlFrames: 20 } });
    const socket = await upgraded(gateway, token, path);
    socket.write(bytes);
    expect(await closeCode(socket)).toBe(code);
    expect((await knock(gateway, path, { headers: bearer })).status).toBe(101);
    expect(gateway.lines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  });

  test("§3.4 who is silent is given up, who answers pings is not", async () => {
    const gateway = await openWithSession({ limits: { heartbeatMs: 500 } });
    const { socket: living } = await knock(gateway, path, { headers: bearer });
    const silent = await upgraded(gateway, token, path);
    expect(await closeCode(silent)).toBe(3001);
    expect(living.readyState).toBe(WebSocket.OPEN);
  });

  test("§8.9 A7 a token that ends closes it", async () => {
    const gateway = await openWithSession(withIssuer);
    const short = jwt({ role: "admin", exp: inSeconds(1) });
    const { socket } = await knock(gateway, path, { headers: { authorization: `Bearer ${short}` } });
    expect(await closed(socket)).toBe(3506);
  });

  test("§3.6 the gateway says when to come back before it stops", async () => {
    const gateway = await openWithSession();
    const { socket } = await knock(gateway, path, { headers: bearer });
    const messages: string[] = [];
    socket.on("message", (data) => messages.push(String(data)));
    const [code] = await Promise.all([closed(socket), gateway.close()]);
    expect(code).toBe(3000);
    expect(messages.some((message) => message.includes('"disconnect"') && message.includes("reconnectAfterMs"))).toBe(
      true,
    );
  });
});

test("A48 what is none of these is no WebSocket", async () => {
  const gateway = await openWithSession();
  for (const path of ["/ws", "/ws/", "/ws/session", "/ws/session/", "/ws/executions/", "/ws/other"]) {
    expect([path, (await knock(gateway, path, { headers: bearer })).status]).toEqual([path, 404]);
  }
  for (const path of ["/ws/session/%", "/ws/session/a%20b", "/ws/session/none"]) {
    expect([path, (await knock(gateway, path, { headers: bearer })).status]).toEqual([path, 404]);
  }
});

test("A23 a viewer that does not read is held to its outbox, and closed when it goes on", async () => {
  const gateway = await openGateway({ limits: { outboxBytes: 65_536, stallMs: 500 } });
  const socket = await upgraded(gateway, token, "/ws/executions/e1");
  socket.pause();
  // More than kernels take between them.
  const data = { executionId: "e1", stepId: "s", status: "done", result: "x".repeat(60_000) };
  for (let n = 0; n < 40; n++) await gateway.publish(Array.from({ length: 10 }, () => ({ type: "step_update", data })));
  const slow = async (): Promise<boolean> =>
    /^signalbox_slow_closes_total [1-9]/m.test(await (await gateway.request("/metrics")).text());
  await expect.poll(slow, { timeout: 60_000 }).toBe(true);
  const listed = await (await gateway.request("/v1/connections")).json();
  expect(listed).toMatchObject({ connections: [] });
});
