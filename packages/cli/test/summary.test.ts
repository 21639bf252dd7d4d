import { describe, expect, test } from "vitest";
import { Summary } from "../src/top/summary.ts";

const line = (states: Record<string, unknown>, nowMs = 600_000): string => {
  const summary = new Summary();
  summary.take(new Map(Object.entries(states)));
  return summary.line(nowMs);
};

describe("the line under `signalbox top`", () => {
  test("says how many there are, which run, who waits, and what was used", () => {
    const text = line({
      "agent:a": { status: "busy", usage: { costUsd: 1.25 } },
      "agent:b": { status: "waiting_approval", statusSince: 0, usage: { costUsd: 0.5 } },
      "process:p": { status: "running" },
      "execution:e": { status: "running", checkpoints: [{ checkpointId: "c", deadline: 720_000 }, { odd: 1 }, 7] },
      "repo:x/y": { issues: {} },
    });
    expect(text).toBe(
      "5 channels · 1 agent, 1 process running · 1 waiting for people, up to 10 min · 1 approval open, the next within 2 min · $1.75 used",
    );
  });

  test("is short where there is little to say, and takes states of any shape", () => {
    expect(line({ "process:p": { status: "done" } })).toBe("1 channel");
    expect(line({ "agent:a": null, "agent:b": "x", "session:s": { status: 7, checkpoints: {} } })).toBe("3 channels");
  });

  test("follows what changes and goes", () => {
    const summary = new Summary();
    const waiting = { status: "waiting_input", statusSince: 1_000, checkpoints: [{ checkpointId: "c" }] };
    summary.take(new Map([["session:s", waiting]]));
    expect(summary.line(61_000)).toBe("1 channel · 1 waiting for people, up to 1 min · 1 approval open");
    summary.take(new Map([["session:s", { status: "active" }]]));
    expect(summary.line(61_000)).toBe("1 channel · 1 session running");
    summary.take(new Map());
    expect(summary.line(61_000)).toBe("0 channels");
  });
});
