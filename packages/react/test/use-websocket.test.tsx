/** S7: the hook of the design document, used as its usage lines say. */
import { openPage, until } from "@signalbox/testkit/bindings";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Gateway, startGateway } from "../../../test/support/gateway.ts";
import { bearer, post } from "../../../test/support/http.ts";

const closePage = await openPage();
const { createElement: h, Fragment, StrictMode, startTransition, useEffect, useLayoutEffect } = await import("react");
const { createRoot } = await import("react-dom/client");
const { SignalboxProvider, useChannel, useWebSocket } = await import("@signalbox/react");
type State = ReturnType<typeof useWebSocket>;

let gateway: Gateway;
const roots: Array<{ unmount(): void }> = [];
beforeAll(async () => {
  gateway = await startGateway();
}, 120_000);
afterEach(() => {
  for (const root of roots.splice(0)) root.unmount();
});
afterAll(async () => {
  await gateway?.stop();
  await closePage();
}, 120_000);

function draw(node: React.ReactNode): { element: HTMLElement; render(node: React.ReactNode): void; unmount(): void } {
  const element = document.body.appendChild(document.createElement("div"));
  const root = createRoot(element);
  root.render(node);
  roots.push(root);
  return { element, render: (next) => root.render(next), unmount: () => root.unmount() };
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
const status = (agentId: string, text: string) =>
  post(gateway, "/v1/events", { type: "agent_status", data: { agentId, status: text } });
const log = (agentId: string, message: string) =>
  post(gateway, "/v1/events", { type: "agent_log", data: { agentId, level: "info", message } });

/** The document's use: follow some events of an agent while the component is mounted. */
function Agent({ id, url, token, seen }: { id: string; url: string; token: string; seen: State[] }) {
  const state = useWebSocket(url, { token });
  const { isConnected, lastMessage, subscribe } = state;
  seen.push(state);
  useEffect(
    () => subscribe({ resource: "agent", id, events: ["status", "agent_metric"], since: "earliest" }),
    [subscribe, id],
  );
  return h("p", null, isConnected ? JSON.stringify(lastMessage) : "not connected");
}

test("S7 isConnected, lastMessage, sendMessage and subscribe; all ends with the component", async () => {
  await idle();
  const seen: State[] = [];
  const page = draw(h(StrictMode, null, h(Agent, { id: "s7", url: gateway.url, token: gateway.token, seen })));
  await until("it is connected", () => page.element.textContent === "null");
  expect(Object.keys(seen[0] ?? {}).sort()).toEqual([
    "error",
    "isConnected",
    "lastMessage",
    "sendMessage",
    "subscribe",
  ]);
  expect(seen[0]).toMatchObject({ isConnected: false, lastMessage: null, error: null });
  await log("s7", "not subscribed to");
  await status("s7", "busy");
  await until("the status is shown", () => page.element.textContent?.includes("busy") ?? false);
  const { lastMessage, sendMessage } = seen.at(-1) as State;
  expect(lastMessage).toMatchObject({ type: "agent_status", data: { agentId: "s7" } });
  expect(seen.every((state) => state.lastMessage?.type !== "agent_log")).toBe(true);
  const kept = await sendMessage({ type: "agent_status", data: { agentId: "s7", status: "idle" } });
  expect(kept).toMatchObject({ channel: "agent:s7", offset: 3 });
  await until("what was sent comes back", () => page.element.textContent?.includes("idle") ?? false);
  expect(await figure("signalbox_subscriptions")).toBe(1);
  expect(await figure("signalbox_sessions")).toBe(1);
  page.unmount();
  await idle();
});

test("components of one address share a connection, below a provider its own; another agent is another subscription", async () => {
  await idle();
  const seen: State[] = [];
  const { url, token } = gateway;
  const agents = (...ids: string[]) =>
    h(Fragment, null, ...ids.map((id, at) => h(Agent, { key: at, id, url, token, seen })));
  const page = draw(agents("a", "b", "c"));
  await until("all are connected", async () => (await figure("signalbox_subscriptions")) === 3);
  expect(await figure("signalbox_sessions")).toBe(1);
  page.render(agents("d"));
  await until("one is left", async () => (await figure("signalbox_subscriptions")) === 1);
  page.unmount();
  await idle();
  const Below = () => h("p", null, String(useWebSocket(url).isConnected));
  const below = draw(h(SignalboxProvider, { url, token, children: h(Fragment, null, h(Below), h(Below)) }));
  await until("both are connected", () => below.element.textContent === "truetrue");
  expect(await figure("signalbox_sessions")).toBe(1);
});

test("a handler gets every message, where lastMessage skips; what is refused is an error", async () => {
  const got: unknown[] = [];
  let error: string | null = null;
  const All = () => {
    const socket = useWebSocket(gateway.url, { token: gateway.token });
    error = socket.error;
    const { subscribe } = socket;
    useEffect(() => {
      const stop = subscribe({ channel: "agent:all", since: "earliest" }, ({ data }) => got.push(data));
      subscribe({ channel: "nonsense:1" });
      return stop;
    }, [subscribe]);
    return null;
  };
  draw(h(All));
  const drafts = Array.from({ length: 100 }, (_, n) => ({ type: "tick", channel: "agent:all", data: { n } }));
  await post(gateway, "/v1/events", drafts);
  await until("all came", () => got.length === 100);
  expect(got).toEqual(drafts.map(({ data }) => data));
  await until("the refusal is told", () => error !== null);
  expect(error).toContain("namespace");
});

test("it stays usable over another token and a token function", async () => {
  let error: string | null = null;
  let connected = false;
  const One = ({ token }: { token: string | (() => string) }) => {
    const socket = useWebSocket(gateway.url, { token });
    ({ error, isConnected: connected } = socket);
    return null;
  };
  const page = draw(h(One, { token: "sbx_unknown" }));
  await until("the token is refused", () => error !== null);
  page.render(h(One, { token: () => gateway.token }));
  await until("the next one is taken", () => connected && error === null);
});

test("no tearing: in one picture all components show the same events, while a slow transition is drawn", async () => {
  const channel = "agent:tearing";
  const torn: string[] = [];
  const commits: number[] = [];
  const Count = () => {
    const { events } = useChannel(channel);
    const end = performance.now() + 1;
    // Slow to draw, so that events come in the middle of a picture.
    while (performance.now() < end);
    return h("i", null, events.length);
  };
  const Counts = ({ page }: { page: number }) => {
    useLayoutEffect(() => {
      const shown = [...document.querySelectorAll("i")].map((each) => each.textContent);
      commits.push(page);
      if (new Set(shown).size > 1) torn.push(shown.join());
    });
    return h(Fragment, null, ...Array.from({ length: 60 }, (_, at) => h(Count, { key: at })));
  };
  const { url, token } = gateway;
  const scene = (page: number) => h(SignalboxProvider, { url, token, children: h(Counts, { page }) });
  const shown = draw(scene(0));
  for (let page = 1; page <= 10; page++) {
    startTransition(() => shown.render(scene(page)));
    await post(gateway, "/v1/events", { type: "tick", channel, data: {} });
  }
  await until("the last page and all events are shown", () => shown.element.querySelector("i")?.textContent === "10");
  await until("the last page was drawn", () => commits.includes(10));
  expect(torn).toEqual([]);
});
