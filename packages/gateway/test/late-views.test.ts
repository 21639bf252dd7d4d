/**
 * D5 through a gateway on disk: whoever asks late is given the state of one who folded every event as it came, for each
 * reducer of each namespace, also after a restart.
 */
import { defaultNamespaces } from "@signalbox/core";
import {
  agentReducer,
  executionReducer,
  type FoldedEvent,
  globalReducer,
  memoryReducer,
  processReducer,
  type Reducer,
  repoReducer,
  sessionReducer,
  tddReducer,
  workflowReducer,
} from "@signalbox/core/reducers";
import { catalogue } from "@signalbox/protocol/schemas";
import { expect, test } from "vitest";
import { openGateway, type TestGateway, tempDir } from "./support/gateway.ts";

interface View {
  channel: string;
  reducer: string;
  state(events: readonly FoldedEvent[]): unknown;
}

const view = <State>(channel: string, reducer: Reducer<State>): View => ({
  channel,
  reducer: reducer.name,
  state: (events) => events.reduce((state, event) => reducer.apply(state, event), reducer.initial(channel)),
});

const views: readonly View[] = [
  view("agent:coder-001", agentReducer),
  view("agent:coder-001", tddReducer),
  view("session:s1", sessionReducer),
  view("session:s1", memoryReducer),
  view("session:s1", tddReducer),
  view("process:build-42", processReducer),
  view("process:build-42", tddReducer),
  view("execution:e1", executionReducer),
  view("workflow:wf-7", workflowReducer),
  view("repo:acme/shop", repoReducer),
  view("global", globalReducer),
];

/** Types that each of these channels is sent: those of its own, and what others publish there. */
const sent: Readonly<Record<string, RegExp>> = {
  "agent:coder-001": /^(agent|task|tdd|test|coverage)_/,
  "session:s1": /^(session|memory|task|workflow|tdd|test|coverage)_|^agent_usage/,
  "process:build-42": /^(process|tdd|test|coverage)_/,
  "execution:e1": /^(execution|step)_/,
  "workflow:wf-7": /^workflow_/,
  "repo:acme/shop": /^github_/,
  global: /^(system|deployment)_/,
};

/** The catalogue's examples, each with its ids changed a little from round to round. */
const round = (n: number): object[] =>
  Object.entries(sent).flatMap(([channel, types]) =>
    [...catalogue.values()]
      .filter(({ type }) => types.test(type))
      .map(({ type, example }) => ({ type, channel, data: { ...Object(example), ...varied(type, n) } })),
  );

const varied = (type: string, n: number): object => ({
  ...{ message: `round ${n}`, number: (n % 3) + 1, progress: n },
  ...(type === "memory_update" ? { version: n + 1, value: `line\nround ${n}` } : {}),
});

async function differences(gateway: TestGateway): Promise<unknown[]> {
  const found: unknown[] = [];
  for (const { channel, reducer, state } of views) {
    const address = `/v1/channels/${encodeURIComponent(channel)}`;
    const { snapshot } = (await (await gateway.request(`${address}?reducer=${reducer}`)).json()) as {
      snapshot?: { reducer: string; offset: number; state: unknown };
    };
    const { events } = (await (await gateway.request(`${address}/events?limit=1000`)).json()) as {
      events: FoldedEvent[];
    };
    expect(events.length).toBeGreaterThan(0);
    const expected = { reducer, offset: events.length, state: JSON.parse(JSON.stringify(state(events))) as unknown };
    try {
      expect(snapshot).toMatchObject({ reducer, offset: events.length });
      expect(snapshot?.state).toEqual(expected.state);
    } catch (error) {
      found.push(error);
    }
  }
  return found;
}

/** Folded of what the gateway itself says at times of its own: alerts.test.ts looks at it. */
const elsewhere: ReadonlySet<string> = new Set(["alerts"]);

test("every reducer of every namespace is looked at", () => {
  const known = Object.values(defaultNamespaces).flatMap(({ reducer, furtherReducers = [] }) => [
    ...(reducer === undefined ? [] : [reducer]),
    ...furtherReducers,
  ]);
  expect(views.map(({ reducer }) => reducer).sort()).toEqual(known.filter((name) => !elsewhere.has(name)).sort());
});

test("D5 a late view is the view of one that never left, before and after a restart", async () => {
  const dataDir = tempDir();
  const first = await openGateway({ store: "sqlite", dataDir });
  for (let n = 0; n < 5; n++) {
    const results = await first.publish(round(n));
    expect(results.filter((result) => "error" in result)).toEqual([]);
  }
  expect(await differences(first)).toEqual([]);
  // Now all are in memory, and kept current.
  for (let n = 5; n < 8; n++) await first.publish(round(n));
  expect(await differences(first)).toEqual([]);
  await first.close();

  const second = await openGateway({ store: "sqlite", dataDir });
  // Those of further reducers were saved, and are not in memory: what is published now comes after them.
  for (let n = 8; n < 10; n++) await second.publish(round(n));
  expect(await differences(second)).toEqual([]);
});
