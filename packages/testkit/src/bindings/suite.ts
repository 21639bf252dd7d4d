/** What every binding for a user interface library does, against a real gateway. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Calls, callsOf } from "./gateway-calls.ts";
import type { BindingHarness, Part, SuiteGateway } from "./harness.ts";
import { type Shown, Stage, until } from "./stage.ts";

export interface BindingSuiteOptions extends BindingHarness {
  startGateway(): Promise<SuiteGateway>;
}

/** Longer than whatever is waited for in one. */
const hookMs = 120_000;

const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, at) => `${from + at}`);

export function bindingSuite(name: string, options: BindingSuiteOptions): void {
  describe(`binding ${name}`, { timeout: 3 * hookMs }, () => {
    let gateway: SuiteGateway;
    let calls: Calls;
    const stage = new Stage(options, () => gateway);
    let channels = 0;
    const fresh = (namespace: string): string => `${namespace}:${++channels}`;
    const subscriptions = (count: number): Promise<void> =>
      until(`${count} subscriptions`, async () => (await calls.figure("signalbox_subscriptions")) === count);
    const sessions = (count: number): Promise<void> =>
      until(`${count} connections`, async () => (await calls.figure("signalbox_sessions")) === count);
    const shows = (shown: Shown, from: number, to: number): Promise<void> =>
      until(`${from} … ${to} are shown`, () => shown.items("log").join() === numbers(from, to).join());

    beforeAll(async () => {
      gateway = await options.startGateway();
      calls = callsOf(gateway);
    }, hookMs);
    afterEach(() => stage.clear());
    afterAll(async () => {
      await sessions(0);
      await gateway.stop();
    }, hookMs);

    test("what was before comes first, then what happens, in order", async () => {
      const channel = fresh("agent");
      await calls.publish(channel, 1, 5);
      const shown = stage.show([{ kind: "log", channel }]);
      await shows(shown, 1, 5);
      await calls.publish(channel, 6, 9);
      await shows(shown, 1, 9);
      expect(shown.says("log", "status")).toBe("live");
    });

    test("a view that opens late shows the same as one that never left", async () => {
      const channel = fresh("agent");
      const parts: Part[] = [
        { kind: "log", channel, last: 5 },
        { kind: "state", channel },
      ];
      const early = stage.show(parts);
      await until("the early one is live", () => early.says("log", "status") === "live");
      await calls.post("/v1/events", { type: "agent_status", channel, data: { agentId: "a", status: "busy" } });
      await calls.publish(channel, 1, 30);
      const late = stage.show(parts);
      await until("both have the state", () => [early, late].every((each) => each.text("state").includes("busy")));
      await until("the log too", () => early.items("log").length === 5 && late.items("log").length === 5);
      expect(late.items("log")).toEqual(early.items("log"));
      expect(late.text("state")).toBe(early.text("state"));
    });

    test("what is not shown any more is not subscribed to, and the connection stays", async () => {
      await sessions(0);
      const channel = fresh("agent");
      const shown = stage.show([{ kind: "link" }, { kind: "log", channel }, { kind: "state", channel }]);
      await until("it is live", () => shown.says("log", "status") === "live");
      expect(await calls.figure("signalbox_subscriptions")).toBeGreaterThan(0);
      shown.update({ parts: [{ kind: "link" }] });
      await subscriptions(0);
      expect(shown.says("link", "state")).toBe("live");
      await sessions(1);
    });

    test("a component that comes back shows everything, once", async () => {
      await sessions(0);
      const channel = fresh("agent");
      const log: Part = { kind: "log", channel };
      await calls.publish(channel, 1, 3);
      const shown = stage.show([{ kind: "link" }, log]);
      await shows(shown, 1, 3);
      shown.update({ parts: [{ kind: "link" }] });
      await calls.publish(channel, 4, 6);
      shown.update({ parts: [{ kind: "link" }, log] });
      await shows(shown, 1, 6);
      shown.update({ parts: [{ kind: "link" }] });
      await subscriptions(0);
      await calls.publish(channel, 7, 8);
      shown.update({ parts: [{ kind: "link" }, log] });
      await shows(shown, 1, 8);
    });

    test("components that show the same share a subscription, and all a connection", async () => {
      await sessions(0);
      const channel = fresh("agent");
      await calls.publish(channel, 1, 2);
      const shown = stage.show(Array.from({ length: 10 }, (): Part => ({ kind: "log", channel })));
      await shows(shown, 1, 2);
      expect(await calls.figure("signalbox_subscriptions")).toBe(1);
      expect(await calls.figure("signalbox_sessions")).toBe(1);
    });

    test("another channel is another list, and the first is left", async () => {
      await sessions(0);
      const [first, second] = [fresh("agent"), fresh("agent")];
      await calls.publish(first, 1, 3);
      await calls.publish(second, 11, 12);
      const shown = stage.show([{ kind: "log", channel: first }]);
      await shows(shown, 1, 3);
      shown.update({ parts: [{ kind: "log", channel: second }] });
      await shows(shown, 11, 12);
      await subscriptions(1);
    });

    test("another address is another connection, and the first is closed", async () => {
      await sessions(0);
      const channel = fresh("agent");
      await calls.publish(channel, 1, 3);
      const shown = stage.show([{ kind: "link" }, { kind: "log", channel }]);
      await shows(shown, 1, 3);
      // Port 9 is "discard": nobody listens there.
      shown.update({ url: "http://127.0.0.1:9" });
      await sessions(0);
      await until("the link is lost, and says why", () => shown.says("link", "reason") === "unreachable");
      shown.update({ url: `${gateway.url}/` });
      await shows(shown, 1, 3);
      await sessions(1);
    });

    test("what is refused says so: a channel that cannot be, a token that nobody knows", async () => {
      const shown = stage.show([{ kind: "log", channel: "nonsense:1" }]);
      await until("the channel is refused", () => shown.says("log", "status") === "refused");
      expect(shown.says("log", "error")).toBe("unknown_namespace");
      const stranger = stage.show([{ kind: "link" }], "once", { token: "sbx_unknown" });
      await until("the token is refused", () => stranger.says("link", "state") === "stopped");
      expect(stranger.says("link", "reason")).not.toBe("");
    });

    test("a gateway that is restarted is found again: nothing is missing, nothing twice", async () => {
      const channel = fresh("agent");
      await calls.publish(channel, 1, 4);
      const room = fresh("session");
      const shown = stage.show([
        { kind: "link" },
        { kind: "log", channel },
        { kind: "here", channel: room, name: "Ada", view: "log" },
      ]);
      await shows(shown, 1, 4);
      await until("Ada is there", () => shown.text("here") === "Ada");
      await gateway.restart();
      await calls.publish(channel, 5, 9);
      await shows(shown, 1, 9);
      await until("Ada is back", () => shown.says("here", "status") === "present" && shown.text("here") === "Ada");
      expect(shown.says("link", "state")).toBe("live");
    });

    test("a command is given and followed, and taken back", async () => {
      const target = fresh("agent");
      const shown = stage.show([{ kind: "desk", target }]);
      shown.press("desk", "pause");
      await until("it is queued", () => shown.says("desk", "state") === "queued");
      shown.press("desk", "cancel");
      await until("it is cancelled", () => shown.says("desk", "state") === "cancelled");
    });

    test("what is asked is listed everywhere, decided once, and gone everywhere", async () => {
      const channel = fresh("execution");
      const parts: Part[] = [{ kind: "approvals", pattern: channel }];
      const [one, other] = [stage.show(parts), stage.show(parts)];
      await until("both lists are read", () =>
        [one, other].every((each) => each.says("approvals", "status") === "live"),
      );
      const checkpointId = `c${channels}`;
      await calls.post("/v1/checkpoints", { channel, checkpointId, title: "Deploy?", checkpointData: {} });
      await until("both list it", () => [one, other].every((each) => each.items("approvals").join() === checkpointId));
      one.press("approvals", checkpointId);
      await until("both know of its end", () =>
        [one, other].every(
          (each) => each.items("approvals").length === 0 && each.says("approvals", "ended") === "approve",
        ),
      );
    });

    test("who is here: those whose component is mounted, and what they look at", async () => {
      const channel = fresh("session");
      const here = (who: string, view: string): Part => ({ kind: "here", channel, name: who, view });
      const ada = stage.show([here("Ada", "log")]);
      const bob = stage.show([here("Bob", "tests")]);
      const names = (): string[] => ada.text("here").split(",").sort();
      await until("Ada sees both", () => names().join() === "Ada,Bob");
      bob.update({ parts: [here("Bob", "diff")] });
      await until("what Bob looks at", () => ada.says("here", "views").split(",").sort().join() === "diff,log");
      bob.update({ parts: [] });
      await until("Bob has left", () => names().join() === "Ada");
    });

    test("1,000 times mounted and unmounted, nothing is left on the gateway", async () => {
      await sessions(0);
      const shown = stage.show([{ kind: "link" }]);
      await until("it is live", () => shown.says("link", "state") === "live");
      for (let n = 1; n <= 1_000; n++) {
        const channel = `agent:churn-${n % 50}`;
        shown.update({ parts: [{ kind: "link" }, { kind: "log", channel }, { kind: "state", channel }] });
        // As long as it takes to be drawn, and now and then to be subscribed.
        if (n % 50 === 0) await until("it is live", () => shown.says("log", "status") === "live");
        else await Promise.resolve();
        shown.update({ parts: [{ kind: "link" }] });
      }
      await subscriptions(0);
      await sessions(1);
    });

    test("a server draws it without connecting, and the browser takes over without a complaint", async () => {
      const channel = fresh("agent");
      await calls.publish(channel, 1, 3);
      const parts: Part[] = [
        { kind: "link" },
        { kind: "log", channel },
        { kind: "state", channel },
        { kind: "desk", target: channel },
        { kind: "approvals", pattern: channel },
        { kind: "here", channel, name: "Ada", view: "log" },
      ];
      const { html, shown, complaints } = await stage.serve(parts);
      for (const { kind } of parts) expect(html).toContain(`data-part="${kind}"`);
      expect(html).toContain('data-state="idle"');
      await shows(shown, 1, 3);
      await until("Ada is there", () => shown.text("here") === "Ada");
      expect(complaints).toEqual([]);
    });

    test.runIf(options.mountTwice)("mounted twice it is there once", async () => {
      await sessions(0);
      const channel = fresh("session");
      await calls.publish(channel, 1, 3);
      const parts: Part[] = [
        { kind: "link" },
        { kind: "log", channel },
        { kind: "here", channel, name: "Ada", view: "log" },
      ];
      const shown = stage.show(parts, "twice");
      await shows(shown, 1, 3);
      await until("Ada is there, once", () => shown.text("here") === "Ada");
      await subscriptions(1);
      await sessions(1);
      await calls.publish(channel, 4, 5);
      await shows(shown, 1, 5);
    });
  });
}
