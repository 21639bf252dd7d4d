/** Views over much: how soon they are there, the first time and again, and whether they stay quick while somebody scrolls. */
import { type DashboardPage, openDashboardPage, type PageOptions } from "../browser/dashboard.ts";
import { beginAgents, changeAgents } from "../load/agent-states.ts";
import { type Gateway, publishAll } from "../load/publish.ts";
import { serverCore } from "../place.ts";
import { feltColumns } from "./dashboard.ts";
import type { Case, Measured, Scenario } from "./scenario.ts";

const agents = 1_000;
const changesPerS = 500;
const sessionEvents = 100_000;
const logLines = { full: 1_000_000, quick: 100_000 };
const windowMs = { full: 10_000, quick: 5_000 };

export const large: Scenario = {
  name: "large",
  about: `views of the dashboard in Chromium at 1440×900 over ${agents} agents with ${changesPerS} changes a second, a session of ${sessionEvents} events, a log of ${logLines.full} lines (quick ${logLines.quick})`,
  main: "wholeMs",
  columns: [
    { figure: "shownMs", title: "first there, ms", digits: 0 },
    { figure: "wholeMs", title: "whole", digits: 0 },
    { figure: "shownAgainMs", title: "again: there, ms", digits: 0 },
    { figure: "wholeAgainMs", title: "whole", digits: 0 },
    ...feltColumns,
  ],
  runs: () => 1,
  cases: (isQuick) => {
    const pace = isQuick ? "quick" : "full";
    const lines = logLines[pace];
    const fleet = (shape: string, path: string, scrolled?: string): Case =>
      largeCase(`fleet, ${shape}${scrolled === undefined ? "" : ", scrolled"}`, {
        page: { path, shown: row, ...(scrolled === undefined ? {} : { scrolled }) },
        windowMs: windowMs[pace],
        fill: (gateway) => beginAgents({ ...gateway, agents, perSecond: changesPerS }),
        during: (gateway) => changeAgents({ ...gateway, agents, perSecond: changesPerS }),
      });
    return [
      fleet("lanes", "/"),
      fleet("lanes", "/", row),
      fleet("board", "/?view=board", row),
      fleet("table", "/?view=table", row),
      fleet("table by time", "/?view=table&sort=-updated", row),
      largeCase("session", {
        page: { path: "/sessions/big", shown: card, scrolled: "[data-testid=feed]" },
        windowMs: windowMs[pace],
        fill: fillSession,
      }),
      largeCase("timeline of a session", {
        page: {
          path: "/sessions/big?tab=timeline",
          shown: `${canvas}[data-drawn]:not([data-drawn="0"])`,
          whole: `${canvas}[data-drawn="${sessionEvents / 2}"]`,
          scrolled: canvas,
        },
        windowMs: windowMs[pace],
        fill: fillSession,
      }),
      largeCase("log", {
        page: {
          path: "/processes/big",
          shown: ".log-row[data-line]",
          whole: `[data-testid=log][data-last-line="${lines}"]`,
          scrolled: "[data-testid=log]",
        },
        windowMs: windowMs[pace],
        fill: (gateway) => publishAll(gateway, lines, lineOf),
      }),
    ];
  },
};

const row = "[data-testid=fleet-row]";
const canvas = "[data-testid=lanes-canvas]";
const card = "[data-testid=card]";

/** A call and its result in turn. */
const stepOf =
  (startMs: number) =>
  (at: number): object => {
    const call = { sessionId: "big", toolCallId: `call-${at >> 1}`, toolName: "read_file" };
    return {
      channel: "session:big",
      timestamp: startMs + at * 30,
      ...(at % 2 === 0 ? { type: "tool_call", data: call } : { type: "tool_result", data: { ...call, result: "ok" } }),
    };
  };

const fillSession = (gateway: Gateway): Promise<void> =>
  publishAll(gateway, sessionEvents, stepOf(Date.now() - 3_600_000));

const lineOf = (at: number): object => ({
  type: "process_output",
  data: { processId: "big", stream: "stdout", line: at + 1, output: `line ${at + 1} of what a build says of itself` },
});

interface Much {
  page: Pick<PageOptions, "path" | "shown" | "whole"> & { scrolled?: string };
  windowMs: number;
  /** Before the page is opened. */
  fill(gateway: Gateway): Promise<void>;
  /** While it is looked at: returns what ends it. */
  during?(gateway: Gateway): () => Promise<number>;
}

function largeCase(name: string, { page: { scrolled, ...view }, windowMs, fill, during }: Much): Case {
  return {
    name,
    measure: async (subject, place) => {
      const plenty = 1_000_000;
      const server = await subject.start({
        ...place,
        core: serverCore,
        ratesPerS: { process_output: plenty, tool_call: plenty, tool_result: plenty, agent_status: plenty },
      });
      const token = (server.wire.headers.authorization ?? "").replace(/^Bearer /, "");
      const gateway = { url: `http://127.0.0.1:${server.port}`, token };
      const opened: DashboardPage[] = [];
      const open = async (): Promise<DashboardPage> => {
        const page = await openDashboardPage({ port: server.port, token, ...view });
        opened.push(page);
        return page;
      };
      try {
        await fill(gateway);
        const first = await open();
        await first.close();
        const again = await open();
        const stop = during?.(gateway);
        const felt = await again.measure(windowMs, scrolled);
        const changes = await stop?.();
        const figures = {
          ...{ shownMs: first.shownMs, wholeMs: first.wholeMs },
          ...{ shownAgainMs: again.shownMs, wholeAgainMs: again.wholeMs },
          ...felt,
        };
        return { figures, notes: notesOn(changes, windowMs) };
      } finally {
        for (const page of opened) await page.close();
        await server.stop();
      }
    },
  };
}

const notesOn = (changes: number | undefined, windowMs: number): Measured["notes"] =>
  changes === undefined || changes >= (0.95 * changesPerS * windowMs) / 1_000
    ? []
    : [`${changes} changes came, fewer than asked for`];
