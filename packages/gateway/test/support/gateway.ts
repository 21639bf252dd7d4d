/** A gateway of a test's own: in memory unless told otherwise, on any free port, gone when the test is. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Store } from "@signalbox/core";
import { onTestFinished } from "vitest";
import { type ConfigFlags, createLog, type Gateway, loadConfig, startGateway } from "../../src/index.ts";

export const token = "test-token-test-token";

export interface TestGateway extends Gateway {
  /** Lines of the gateway's log. */
  readonly lines: string[];
  /** With the admin token and a JSON body, unless `init` says otherwise. */
  request(path: string, init?: RequestInit): Promise<Response>;
  /** Publishes and gives back the results. */
  publish(events: unknown): Promise<Array<Record<string, unknown>>>;
}

export function tempDir(): string {
  const dir = mkdtempSync(join(tmpdir(), "signalbox-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

export async function openGateway(flags: ConfigFlags = {}, parts: { store?: Store } = {}): Promise<TestGateway> {
  const lines: string[] = [];
  const config = loadConfig({
    // Whether somebody has built the dashboard is not this test's business.
    flags: {
      port: 0,
      store: "memory",
      dashboardDir: "not-built",
      dataDir: flags.dataDir ?? tempDir(),
      adminToken: token,
      ...flags,
      // No load balancer has to notice.
      limits: { drainMs: 1, ...flags.limits },
    },
    env: {},
    cwd: tempDir(),
  });
  const log = createLog({ level: "debug", pretty: false }, { write: (line: string) => void lines.push(line) });
  const gateway = await startGateway(config, { log, ...parts });
  onTestFinished(() => gateway.close());
  const request = (path: string, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.headers);
    if (!headers.has("authorization")) headers.set("authorization", `Bearer ${token}`);
    if (init.body !== undefined && !headers.has("content-type")) headers.set("content-type", "application/json");
    return fetch(gateway.url + path, { ...init, headers });
  };
  const publish = async (events: unknown) => {
    const response = await request("/v1/events", { method: "POST", body: JSON.stringify(events) });
    const { results } = (await response.json()) as { results: Array<Record<string, unknown>> };
    return results;
  };
  return { ...gateway, lines, request, publish };
}

/** Events whose number is in their data. */
export const numbered = (channel: string, from: number, to: number, text = ""): object[] =>
  Array.from({ length: to - from + 1 }, (_, i) => ({ type: "note", channel, data: { n: from + i, text } }));
