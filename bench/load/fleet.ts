/** A fleet's hour in minutes: agents come and go, viewers connect, stall and leave, tickets are used or not, strangers knock. */
import { Connection } from "./connection.ts";
import { publisherOf } from "./crowd.ts";
import type { FleetFigures, FleetJob } from "./job.ts";
import { meter } from "./meter.ts";
import { seeded } from "./random.ts";
import { countOf } from "./scan.ts";

/** Milliseconds. */
const stepMs = 50;
const life = { agent: [2_000, 6_000], viewer: [1_000, 8_000], stall: [500, 3_000] } as const;
const linesPerStep = 10;
const knockEveryMs = 200;

export async function fleet(job: FleetJob): Promise<FleetFigures> {
  const { port, wire } = job;
  const random = seeded(job.seed);
  const between = ([from, to]: readonly [number, number]): number => from + random() * (to - from);
  const untilMs = performance.now() + job.windowMs;
  const going = (): boolean => performance.now() < untilMs;
  const figures: FleetFigures = {
    agents: 0,
    viewers: 0,
    stalls: 0,
    tickets: 0,
    strangers: 0,
    published: 0,
    delivered: 0,
    refused: 0,
    cpuUs: 0,
    rssBytes: 0,
  };
  const end = meter(job.pid);

  /** One agent after the other, each with a channel and a process of its own that end with it. */
  const agents = async (): Promise<void> => {
    while (going()) {
      const id = `${job.seed}-${figures.agents++}`;
      const publisher = await publisherOf(port, wire);
      publisher.onText = (bytes, start, stop) => {
        figures.refused += countOf(bytes, start, stop, wire.answers?.refused ?? "\0");
      };
      const channel = `agent:soak-${id}`;
      const processId = `soak-${id}`;
      const status = (state: string): object => ({
        type: "agent_status",
        channel,
        data: { agentId: `soak-${id}`, agentType: "coder", status: state },
      });
      const say = (events: readonly object[]): void => {
        figures.published += events.length;
        publisher.sendText(JSON.stringify(events));
      };
      say([status("busy"), { type: "process_started", data: { processId, command: "npm", args: ["test"] } }]);
      const lastMs = performance.now() + between(life.agent);
      for (let step = 0; performance.now() < lastMs && going(); step++) {
        const lines = Array.from({ length: linesPerStep }, (_, line) => ({
          type: line % 2 ? "agent_log" : "process_output",
          data:
            line % 2
              ? { agentId: `soak-${id}`, level: "info", message: `step ${step}, line ${line} of what an agent says` }
              : { processId, output: `step ${step}, line ${line} of what a test run prints` },
          ...(line % 2 ? { channel } : {}),
          ...(line < 2 ? { metadata: { idempotencyKey: `${id}-${step}-${line}` } } : {}),
        }));
        say(step % 10 ? lines : [...lines, status(step % 20 ? "idle" : "busy")]);
        await pause(stepMs);
      }
      say([status("offline"), { type: "process_stopped", data: { processId, exitCode: 0, signal: null } }]);
      await pause(stepMs);
      publisher.close();
    }
  };

  /** One viewer after the other in one place: some read all the time, some stop, and all leave without a word. */
  const viewers = async (): Promise<void> => {
    while (going()) {
      figures.viewers++;
      const viewer = await Connection.open(port, wire);
      viewer.onEnd = () => {};
      viewer.onText = () => figures.delivered++;
      for (const channel of ["agent:*", "process:*", `agent:alone-${figures.viewers}`]) {
        viewer.sendText(JSON.stringify({ id: "s", type: "subscribe", data: { channel, snapshot: random() < 0.2 } }));
      }
      await pause(between(life.viewer));
      if (random() < 0.3) {
        figures.stalls++;
        viewer.pause();
        await pause(between(life.stall));
        if (random() < 0.5) viewer.resume();
      }
      viewer.close();
    }
  };

  /** Tickets of which every other is used, and strangers who are turned away. */
  const door = async (): Promise<void> => {
    const url = `http://127.0.0.1:${port}/v1/tickets`;
    const { authorization, ...others } = wire.headers;
    while (going()) {
      const answer = await fetch(url, { method: "POST", headers: { authorization: authorization ?? "" } });
      const body: unknown = await answer.json();
      const ticket = typeof body === "object" && body !== null ? String(Reflect.get(body, "ticket")) : "";
      if (answer.ok) figures.tickets++;
      if (figures.tickets % 2) {
        const path = `${wire.path}?ticket=${ticket}`;
        await Connection.open(port, { ...wire, path, headers: others }).then((one) => one.close(), ignore);
      }
      figures.strangers++;
      const headers = { ...others, authorization: `Bearer stranger-${figures.strangers}` };
      await Connection.open(port, { ...wire, headers }).then((one) => one.close(), ignore);
      await pause(knockEveryMs);
    }
  };

  const many = (count: number, run: () => Promise<void>): Promise<void>[] => Array.from({ length: count }, run);
  await Promise.all([...many(job.agents, agents), ...many(job.viewers, viewers), door()]);
  const { cpu, rssBytes } = end();
  return { ...figures, cpuUs: cpu.totalUs, rssBytes };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const ignore = (): void => {};
