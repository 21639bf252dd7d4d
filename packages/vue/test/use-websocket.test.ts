/** D4: a component as the design document's composable wants it, against the gateway itself. */
import { openPage, until } from "@signalbox/testkit/bindings";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Gateway, startGateway } from "../../../test/support/gateway.ts";
import { bearer, post } from "../../../test/support/http.ts";

const closePage = await openPage();
const { createApp, defineComponent, h, onMounted } = await import("vue");
const { provideSignalbox, useWebSocket } = await import("@signalbox/vue");
type State = ReturnType<typeof useWebSocket>;

let gateway: Gateway;
const apps: Array<{ unmount(): void }> = [];
beforeAll(async () => {
  gateway = await startGateway();
}, 120_000);
afterEach(() => {
  for (const app of apps.splice(0)) app.unmount();
});
afterAll(async () => {
  await gateway?.stop();
  await closePage();
}, 120_000);

/** A component that calls `use` in its setup; returns what that gave, and what unmounts it. */
function mounted<Given>(use: () => Given): { given: Given; unmount: () => void } {
  let given: Given | undefined;
  const app = createApp(
    defineComponent({
      setup() {
        given = use();
        return () => h("p");
      },
    }),
  );
  app.mount(document.body.appendChild(document.createElement("div")));
  apps.push(app);
  return { given: given as Given, unmount: () => app.unmount() };
}

async function figure(name: string): Promise<number> {
  const text = await (await fetch(`${gateway.url}/metrics`, { headers: bearer(gateway.token) })).text();
  return Number(
    text
      .split("\n")
      .find((line) => line.startsWith(`${name} `))
      ?.slice(name.length),
  );
}
const idle = () => until("nobody is connected", async () => (await figure("signalbox_sessions")) === 0);
const output = (processId: string, text: string) =>
  post(gateway, "/v1/events", { type: "process_output", data: { processId, output: text } });

test("D4 socket, connected, error, connect, disconnect, emit, on: events of a process that was subscribed to", async () => {
  await idle();
  const outputs: Array<{ processId: string; output: string; timestamp: string }> = [];
  const said: string[] = [];
  const { given: state, unmount } = mounted(() => {
    const socket = useWebSocket(gateway.url, { token: gateway.token });
    onMounted(() => {
      socket.connect();
      socket.on("connect", () => said.push("connect"));
      socket.on("disconnect", () => said.push("disconnect"));
      socket.on("process-output", (data) => outputs.push(data));
      socket.emit("subscribe-process", "d4");
    });
    return socket;
  });
  expect(Object.keys(state).sort()).toEqual(["connect", "connected", "disconnect", "emit", "error", "on", "socket"]);
  await until("it is connected", () => state.connected.value && state.socket.value !== null);
  expect(state.socket.value?.connected).toBe(true);
  expect(said).toEqual(["connect"]);
  await until("the process is subscribed to", async () => (await figure("signalbox_subscriptions")) === 1);
  await output("other", "not for us");
  await output("d4", "hello");
  await until("it came", () => outputs.length === 1);
  expect(outputs).toEqual([
    { processId: "d4", output: "hello", timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) },
  ]);

  // Over a restart the subscription goes on, and nothing is missing.
  await gateway.restart();
  await output("d4", "again");
  await until("it goes on", () => outputs.length === 2);
  expect(said).toEqual(["connect", "disconnect", "connect"]);
  expect(state.error.value).toBe(null);

  state.emit("unsubscribe-process", "d4");
  await until("it is left", async () => (await figure("signalbox_subscriptions")) === 0);
  state.disconnect();
  await until("that is seen", () => !state.connected.value && state.socket.value === null);
  expect(said.at(-1)).toBe("disconnect");
  // As in the document callbacks belong to a socket: the next one has none of them.
  state.connect();
  await until("it is connected again", () => state.connected.value);
  expect(said).toHaveLength(4);
  unmount();
  await idle();
});

test("D2 every event of a process has its name, tasks and alerts come to everybody, and others may be published", async () => {
  const got: unknown[] = [];
  const { given: state } = mounted(() => {
    const socket = useWebSocket(gateway.url, { token: gateway.token });
    for (const event of [
      "process-started",
      "process-stopped",
      "process-error",
      "task-assigned",
      "task-completed",
      "system-alert",
    ])
      socket.on(event, ({ timestamp: _, ...data }) => got.push([event, data]));
    socket.connect();
    socket.emit("subscribe-process", "d2");
    return socket;
  });
  // Patterns without a channel are not counted; the process was asked for last.
  await until("the channels are subscribed to", async () => (await figure("signalbox_subscriptions")) >= 2);
  const events = [
    { type: "process_started", data: { processId: "d2", command: "make", args: [] } },
    { type: "process_error", data: { processId: "d2", error: "make: no such program" } },
    { type: "process_stopped", data: { processId: "d2", exitCode: 2, signal: null } },
    { type: "task_assigned", data: { taskId: "t1", status: "queued", agentId: "a1" } },
    { type: "task_completed", data: { taskId: "t1", status: "done", agentId: "a1" } },
  ];
  for (const event of events) {
    const { length } = got;
    await post(gateway, "/v1/events", event);
    await until(event.type, () => got.length > length);
  }
  state.emit("system-alert", { message: "The disk is full" });
  await until("what was emitted comes to who listens", () => got.length === 6);
  const wanted = events.map(({ type, data }): [string, object] => [type.replace("_", "-"), data]);
  // The document's payload has these two alone.
  wanted[3] = ["task-assigned", { taskId: "t1", status: "queued" }];
  expect(got).toEqual([...wanted, ["system-alert", { message: "The disk is full" }]]);
  state.emit("agent-status", { status: "no agent" });
  await until("what is refused is an error", () => state.error.value !== null);
});

test("a token that is refused is an error; below a provider for the same address none is needed", async () => {
  const failed: Error[] = [];
  const { given: refused } = mounted(() => {
    const socket = useWebSocket(gateway.url, { token: "sbx_unknown" });
    socket.on("connect_error", (error) => failed.push(error));
    socket.connect();
    return socket;
  });
  await until("it is told", () => refused.error.value !== null);
  expect(failed[0]?.message).toBe(refused.error.value);
  expect(refused.connected.value).toBe(false);

  const inner: State[] = [];
  const Inner = defineComponent({
    setup() {
      const socket = useWebSocket(gateway.url);
      inner.push(socket);
      onMounted(socket.connect);
      return () => h("p");
    },
  });
  const app = createApp(
    defineComponent({
      setup() {
        provideSignalbox({ url: gateway.url, token: gateway.token });
        return () => [h(Inner), h(Inner)];
      },
    }),
  );
  app.mount(document.body.appendChild(document.createElement("div")));
  apps.push(app);
  await until("both are connected", () => inner.length === 2 && inner.every((each) => each.connected.value));
});

test("D5 who subscribes late may have what was before, and hears what is not there any more", async () => {
  for (const line of ["one", "two", "three"]) await output("late", line);
  const outputs: string[] = [];
  const gaps: unknown[] = [];
  mounted(() => {
    const socket = useWebSocket(gateway.url, { token: gateway.token });
    socket.on("process-output", (data) => outputs.push(data.output));
    socket.on("gap", (gap) => gaps.push(gap));
    socket.connect();
    socket.emit("subscribe-process", "late", { since: { last: 2 } });
    socket.emit("subscribe-process", "gone", { since: { epoch: "none", offset: 7 } });
    return socket;
  });
  await until("the last two came", () => outputs.length === 2);
  expect(outputs).toEqual(["two", "three"]);
  await until("the gap is told", () => gaps.length === 1);
  expect(gaps).toEqual([
    expect.objectContaining({ channel: "process:gone", processId: "gone", reason: expect.any(String) }),
  ]);
});
