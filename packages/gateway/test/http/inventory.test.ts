/** A48: every address of the gateway, and who may use it. A new one has to be written down here. */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { openGateway, type TestGateway, tempDir } from "../support/gateway.ts";

/**
 * token: refused without one. metrics: likewise, and takes a right. later: asks for one after. link: brings its right in its address.
 * public: tells nothing about anybody.
 */
type Access = "token" | "metrics" | "later" | "link" | "public";

const inventory: Readonly<Record<string, Access>> = {
  "POST /v1/events": "token",
  "GET /v1/events": "token",
  "GET /v1/channels": "token",
  "GET /v1/channels/:channel": "token",
  "GET /v1/channels/:channel/events": "token",
  "GET /v1/channels/:channel/steering": "token",
  "GET /v1/channels/:channel/timeline": "token",
  "GET /v1/connections": "token",
  "GET /v1/connections/:id": "token",
  "DELETE /v1/connections/:id": "token",
  "GET /v1/audit": "token",
  "GET /v1/keys": "token",
  "POST /v1/keys": "token",
  "DELETE /v1/keys/:id": "token",
  "GET /v1/revocations": "token",
  "POST /v1/revocations": "token",
  "DELETE /v1/revocations/:kind/:id": "token",
  "GET /v1/limits": "token",
  "GET /v1/nodes": "token",
  "POST /v1/commands": "token",
  "GET /v1/commands": "token",
  "GET /v1/commands/:id": "token",
  "POST /v1/commands/:id/cancel": "token",
  "POST /v1/checkpoints": "token",
  "GET /v1/checkpoints": "token",
  "GET /v1/checkpoints/:id": "token",
  "POST /v1/checkpoints/:id/decision": "token",
  "PUT /v1/leases/:channel": "token",
  "DELETE /v1/leases/:channel": "token",
  "GET /v1/leases/:channel": "token",
  "GET /v1/leases": "token",
  "GET /v1/channels/:channel/presence": "token",
  "GET /v1/channels/:channel/driver": "token",
  "PUT /v1/channels/:channel/driver": "token",
  "DELETE /v1/channels/:channel/driver": "token",
  "GET /v1/budgets/:scope": "token",
  "GET /v1/budgets": "token",
  "GET /v1/search": "token",
  "GET /v1/info": "token",
  "GET /v1/processes/:id/logs": "token",
  "POST /v1/stream": "token",
  "POST /v1/tickets": "token",
  "POST /v1/poll": "token",
  "POST /orchestrate/start": "token",
  "POST /orchestrate/stop": "token",
  "GET /orchestrate/sessions": "token",
  "GET /orchestrate/status/:id": "token",
  "GET /v1/notifications/key": "token",
  "GET /v1/notifications/subscriptions": "token",
  "PUT /v1/notifications/subscriptions": "token",
  "DELETE /v1/notifications/subscriptions/:id": "token",
  "POST /v1/notifications/subscriptions/:id/test": "token",
  "GET /v1/notifications/webhooks": "token",
  "POST /v1/notifications/webhooks": "token",
  "PUT /v1/notifications/webhooks/:id": "token",
  "DELETE /v1/notifications/webhooks/:id": "token",
  "POST /v1/notifications/webhooks/:id/rotate": "token",
  "POST /v1/notifications/webhooks/:id/test": "token",
  "GET /v1/notifications/webhooks/:id/deliveries": "token",
  "GET /decide/:token": "link",
  "POST /decide/:token": "link",
  "GET /metrics": "metrics",
  "GET /v1/metrics/series": "metrics",
  "GET /socket.io/": "later",
  "POST /socket.io/": "later",
  "GET /health/live": "public",
  "GET /health/ready": "public",
  "GET /openapi.json": "public",
  "GET /asyncapi.json": "public",
};

const initialised = "fastify.initialization";

/** A gateway, and the routes it has, as the server itself tells them. */
async function withRoutes(dashboardDir = "not-built"): Promise<{ gateway: TestGateway; routes: Set<string> }> {
  const routes = new Set<string>();
  const listen = (message: unknown): void => {
    const { fastify } = message as {
      fastify: { addHook(name: "onRoute", hook: (route: { method: string | string[]; url: string }) => void): void };
    };
    fastify.addHook("onRoute", ({ method, url }) => {
      for (const each of [method].flat()) routes.add(`${each} ${url}`);
    });
  };
  subscribe(initialised, listen);
  onTestFinished(() => {
    unsubscribe(initialised, listen);
  });
  return { gateway: await openGateway({ dashboardDir }), routes };
}

describe("A48 the route inventory", () => {
  test("is what the gateway serves, no more and no less", async () => {
    const { routes } = await withRoutes();
    expect([...routes].sort()).toEqual(Object.keys(inventory).sort());
  });

  test("a built dashboard adds its files only", async () => {
    const dir = tempDir();
    writeFileSync(join(dir, "index.html"), "<!doctype html>");
    const { routes } = await withRoutes(dir);
    const added = [...routes].filter((route) => !Object.hasOwn(inventory, route));
    expect(added.sort()).toEqual(["GET /*", "HEAD /*"]);
  });

  test.each(Object.entries(inventory))("%s: %s", async (route, access) => {
    const gateway = await openGateway();
    const [method = "", url = ""] = route.split(" ");
    const path = url.replace(":channel", "global").replace(":id", "p1");
    for (const headers of [{ authorization: "" }, { authorization: "Bearer wrong" }]) {
      const response = await gateway.request(path, { method, headers, ...(method === "POST" ? { body: "[]" } : {}) });
      // What is no handshake; that handshakes open nothing is shown in surfaces/socketio.
      if (access === "later") expect([400, 415]).toContain(response.status);
      else if (access === "link") expect([404, 415]).toContain(response.status);
      else expect(response.status).toBe(access === "public" ? 200 : 401);
      if (access === "public" || access === "later") expect(await response.text()).not.toContain(gateway.token);
    }
  });

  test("what is none of these is the dashboard's page, or nothing", async () => {
    const gateway = await openGateway();
    for (const path of ["/metrics/", "/metrics/x", "/v1", "/v1/none", "/health", "/debug/pprof", "/json/version"]) {
      const response = await gateway.request(path, { headers: { authorization: "", accept: "application/json" } });
      expect([path, response.status]).toEqual([path, 404]);
    }
  });
});
