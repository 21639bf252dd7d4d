import type { AlertsState } from "@signalbox/core/reducers";
import { describe, expect, test } from "vitest";
import { defaultAlertRules, NodeFindings } from "../src/alerts/node-findings.ts";
import { openGateway, type TestGateway, tempDir } from "./support/gateway.ts";

async function alerts(gateway: TestGateway) {
  const response = await gateway.request("/v1/channels/alerts");
  const { snapshot } = (await response.json()) as { snapshot?: { state: AlertsState } };
  return (snapshot?.state.alerts.items ?? []).map(({ alertId, count, resolvedAt, acknowledged }) => ({
    ...{ alertId, count, over: resolvedAt !== undefined && resolvedAt !== null },
    by: acknowledged?.by,
  }));
}

const failed = { type: "process_stopped", channel: "process:p1", data: { processId: "p1", exitCode: 2, signal: null } };
const status = (status: string) => ({ type: "agent_status", data: { agentId: "a1", status } });

describe("§17.4", () => {
  test("what goes wrong is an alert, once, over when it is over, and stays over a restart", async () => {
    const dataDir = tempDir();
    const first = await openGateway({ store: "sqlite", dataDir });
    await first.publish([failed, status("failed"), status("failed")]);
    const process = { alertId: "process_failed process:p1 exit 2", count: 1, over: false, by: undefined };
    const agent = { alertId: "agent_failed agent:a1 failed", count: 1, over: false, by: undefined };
    await expect.poll(() => alerts(first), { timeout: 10_000 }).toEqual([process, agent]);
    await first.publish({
      type: "alert_acknowledged",
      data: { alertId: process.alertId, count: 1, by: "user:somebody-else" },
    });
    await first.close();

    const second = await openGateway({ store: "sqlite", dataDir });
    const [kept] = await alerts(second);
    expect(kept).toEqual({ ...process, by: kept?.by });
    // Who it was is stamped, whatever the sender says.
    expect(kept?.by).toMatch(/^\w+:(?!somebody-else)/);
    await second.publish([status("failed"), status("busy"), failed]);
    await expect
      .poll(() => alerts(second), { timeout: 10_000 })
      .toEqual([
        { ...process, count: 2 },
        { ...agent, over: true },
      ]);
  });
});

describe("what is wrong with a node", () => {
  const look = (figures: Record<string, number>, shortcomings: string[] = []) => ({
    figures: new Map(Object.entries(figures)),
    ...{ seconds: 5, shortcomings, inflightMost: 1_000 },
  });
  const kinds = (findings: NodeFindings, ...[figures, shortcomings]: Parameters<typeof look>) =>
    findings.look(look(figures, shortcomings)).flatMap((found) => ("kind" in found ? [found.kind] : []));

  test("refusals of one name over the threshold, once a minute", () => {
    const findings = new NodeFindings(defaultAlertRules, "n1");
    const seen = Array.from({ length: 24 }, () => kinds(findings, { "errors.rate_limited": 2 }));
    expect(seen.flat()).toEqual(["gateway_refusals", "gateway_refusals"]);
    expect(kinds(findings, { "errors.rate_limited": 0.2 })).toEqual([]);
  });

  test("a late event loop, a long queue, slow viewers, and what is away", () => {
    const findings = new NodeFindings(defaultAlertRules, "n1");
    expect(kinds(findings, {})).toEqual([]);
    expect(kinds(findings, { "loop.delay_p99_ms": 501 })).toEqual(["gateway_loop_delay"]);
    expect(kinds(findings, { "queue.inflight_events": 501 })).toEqual(["gateway_queue"]);
    expect(kinds(findings, { "closes.slow": 0.2 })).toEqual(["gateway_slow_viewers"]);
    expect(kinds(findings, {}, ["the store is away"])).toEqual(["gateway_degraded"]);
  });
});
