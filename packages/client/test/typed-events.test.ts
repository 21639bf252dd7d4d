/** What compiles and what does not: `tsc` in `npm run check` is what fails. At run time only the client's calls are seen. */
import type { EventData, Publication } from "@signalbox/protocol";
import { expect, expectTypeOf, test } from "vitest";
import type { Client, Published } from "../src/types.ts";
import { rig } from "./support/model-transport.ts";

/** Types only: nothing of it is run. */
export function watching(client: Client): void {
  client.watch("agent:a", {
    filter: { types: ["agent_status", "agent_log"] },
    onEvent(event) {
      expectTypeOf(event.type).toEqualTypeOf<"agent_status" | "agent_log">();
      expectTypeOf(event.offset).toEqualTypeOf<number>();
      if (event.type === "agent_status") {
        expectTypeOf(event.data).toEqualTypeOf<EventData["agent_status"]>();
        // @ts-expect-error a log has a message, a status has none
        event.data.level;
      } else {
        expectTypeOf(event.data).toEqualTypeOf<EventData["agent_log"]>();
      }
      // @ts-expect-error it is none of the types that were asked for
      if (event.type === "test_result") return;
    },
  });
  client.watch("agent:a", {
    filter: { types: ["test_result"], tags: { suite: "unit" } },
    onEvents: (events) => expectTypeOf(events[0]?.data.failing).toEqualTypeOf<number | undefined>(),
  });
  // Of all types, and of those the catalogue does not have, data is to be looked at first.
  client.watch("agent:a", { onEvent: (event) => expectTypeOf(event).toEqualTypeOf<Publication>() });
  client.watch("agent:a", {
    filter: { types: ["agent_status", "my_own"] },
    onEvent(event) {
      if (event.type === "my_own") expectTypeOf(event.data).toEqualTypeOf<unknown>();
      else expectTypeOf(event.data.agentId).toEqualTypeOf<string>();
    },
  });
  const types: string[] = ["agent_status"];
  client.watch("agent:a", { filter: { types }, onEvent: ({ data }) => expectTypeOf(data).toEqualTypeOf<unknown>() });
}

/** Types only. */
export function publishing(client: Client): void {
  const data = { agentId: "a", level: "info", message: "hello" } as const;
  expectTypeOf(client.publish({ type: "agent_log", channel: "agent:a", data })).toEqualTypeOf<Promise<Published>>();
  void client.publish({ type: "my_own", channel: "agent:a", data: { whatever: 1 } });
  void client.publish({ type: "my_own", channel: "agent:a" });
  const type: string = "decided when it runs";
  void client.publish({ type, data: { whatever: 1 } });
  // @ts-expect-error the catalogue says that a log has a message
  void client.publish({ type: "agent_log", data: { agentId: "a", level: "info" } });
  // @ts-expect-error a count is a number
  void client.publish({ type: "test_result", data: { total: "3", passing: 3, failing: 0 } });
  // @ts-expect-error no such member: a word mistyped
  void client.publish({ type: "agent_log", data: { agentId: "a", level: "info", message: "hello", agentID: "b" } });
  // @ts-expect-error it has data
  void client.publish({ type: "agent_log", channel: "agent:a" });
  // @ts-expect-error an event has a type
  void client.publish({ channel: "agent:a", data });
}

test("types change nothing of what is sent and told", async () => {
  const { client, gateway, rest } = rig();
  const got: number[] = [];
  client.watch("agent:a", { filter: { types: ["tick"] }, onEvent: ({ offset }) => got.push(offset) });
  await rest();
  gateway.publish("agent:a", 1);
  gateway.publish("agent:a", 2, "tock");
  gateway.publish("agent:a", 3);
  await rest();
  expect(got).toEqual([1, 3]);
});
