/** Whether cost grows with what is there: subscribers, channels, history. */
import type { FanoutJob } from "../load/job.ts";
import { channelSlot } from "../load/template.ts";
import type { Running } from "../subjects/subject.ts";
import { fanoutJudged } from "./fanout.ts";
import { loaded } from "./run.ts";
import type { Case, Measured, Scenario } from "./scenario.ts";
import { stormJudged } from "./storm.ts";

/** Where an order of magnitude is measured, the others are the same but for that. */
const limits = {
  connectionsPerAddress: 50_000,
  channelsPerMinute: 10_000_000,
  patternChannels: 1_000_000,
};
const times = { warmupMs: 1_000, windowMs: 2_500, drainMs: 5_000, deadlineMs: 400_000 };
const deliveriesPerS = 10_000;
const batch = 100;

export const curves: Scenario = {
  name: "curves",
  about: "the same work with ever more there: subscribers, channels of one pattern, events in the history",
  main: "usPerDelivery",
  columns: [
    { figure: "size", title: "size", digits: 0 },
    { figure: "usPerDelivery", title: "µs/delivery", digits: 2 },
    { figure: "p50Ms", title: "p50 ms", digits: 1 },
    { figure: "p99Ms", title: "p99 ms", digits: 1 },
    { figure: "rssMb", title: "RSS MB", digits: 0 },
    { figure: "loadCpuShare", title: "load CPU", digits: 2 },
    { figure: "othersCpuShare", title: "others CPU", digits: 2 },
  ],
  runs: (quick) => (quick ? 1 : 3),
  cases: (quick) => [
    ...[10, 100, 1_000, 10_000].map(ofSubscribers),
    ...[10, 100, 1_000, 10_000, 100_000].map(ofChannels),
    ...[1_000, 10_000, 100_000, 1_000_000, ...(quick ? [] : [10_000_000])].map(ofHistory),
  ],
};

/** As many deliveries a second, to ever more subscribers. */
function ofSubscribers(clients: number): Case {
  return fanned("subscribers", clients, ({ event }) => ({
    event: event("bench"),
    clients,
    perSecond: deliveriesPerS / clients,
  }));
}

/** Ten viewers of one pattern; events go round its channels, all of which exist. */
function ofChannels(channels: number): Case {
  return fanned("channels", channels, (server) => {
    const name = `c${channelSlot}`;
    return {
      event: server.event(name),
      clients: 10,
      perSecond: deliveriesPerS / 10,
      channels,
      fill: { frame: batchOf(server, name), frames: Math.ceil(channels / batch), channels },
    };
  });
}

function fanned(
  what: string,
  size: number,
  make: (server: Running) => Pick<FanoutJob, "event" | "clients" | "perSecond" | "channels" | "fill">,
): Case {
  return {
    name: `${what} ${size}`,
    measure: async (subject, place) => {
      let shape = { perSecond: 0, clients: 0 };
      const got = await loaded<"fanout">(subject, { ...place, limits }, (server) => {
        const own = make(server);
        shape = own;
        const subscribe = own.channels === undefined ? undefined : server.subscribeTo?.(["agent:*"]);
        const wire = { ...server.wire, ...(subscribe && { subscribe }) };
        return { kind: "fanout", port: server.port, pid: server.pid, wire, ...times, ...own };
      });
      const { figures, notes } = fanoutJudged(got, shape);
      return { figures: { size, ...figures }, notes };
    },
  };
}

/** A hundred clients come back to a channel, each having missed a thousand events: more than is kept in memory. */
function ofHistory(events: number): Case {
  const clients = 100;
  return {
    name: `history ${events}`,
    measure: async (subject, place): Promise<Measured> => {
      const got = await loaded<"storm">(subject, { ...place, limits }, (server) => ({
        kind: "storm",
        port: server.port,
        pid: server.pid,
        wire: server.wire,
        event: server.event("bench"),
        clients,
        missed: 1_000,
        fill: { frame: batchOf(server, "bench"), frames: Math.ceil(events / batch), channels: 1 },
        deadlineMs: times.deadlineMs,
      }));
      const { figures, notes } = stormJudged(got, clients);
      return { figures: { size: events, ...figures, usPerDelivery: figures.usPerReplayed ?? Number.NaN }, notes };
    },
  };
}

function batchOf(server: Running, publisher: string): string {
  if (server.batch === undefined) throw new Error("this subject has no batches");
  return server.batch(publisher, batch);
}
