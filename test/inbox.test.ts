/** §10, §12 with an inbox and a gateway process that is killed: each command is carried out once, and its end is said. */

import { openInbox } from "@signalbox/agent";
import { createClient } from "@signalbox/client";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Gateway, startGateway } from "./support/gateway.ts";
import { history, post } from "./support/http.ts";
import { until } from "./support/until.ts";

let gateway: Gateway;

beforeEach(async () => {
  gateway = await startGateway();
});
afterEach(() => gateway.stop());

const counts = async (channel: string): Promise<Record<string, number>> => {
  const counted: Record<string, number> = {};
  for (const { type } of await history(gateway, channel)) counted[type] = (counted[type] ?? 0) + 1;
  return counted;
};

test("B7 commands given while the gateway is killed again and again are each carried out once", async () => {
  const client = createClient({ url: gateway.url, token: gateway.token });
  const ran: string[] = [];
  const work = ({ commandId }: { commandId: string }): { at: number } => ({ at: ran.push(commandId) });
  // Given before anybody is there to carry it out.
  await post(gateway, "/v1/commands", { target: "agent:a", name: "work", commandId: "early" });
  const inbox = openInbox({ client, channel: "agent:a", producer: "a", ttlMs: 60_000, commands: { work } });
  const given = ["early"];
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 20; i++) {
      const commandId = `k${round}-${i}`;
      given.push(commandId);
      await post(gateway, "/v1/commands", { target: "agent:a", name: i === 7 ? "fly" : "work", commandId });
    }
    await gateway.kill9();
    await gateway.restart();
  }
  await until("all have ended", async () => {
    const { command_done = 0, command_failed = 0 } = await counts("agent:a");
    return command_done + command_failed >= given.length;
  });
  expect(await counts("agent:a")).toMatchObject({
    command_queued: 61,
    command_started: 58,
    command_done: 58,
    command_failed: 3,
    lease_held: 1,
  });
  expect([...ran].sort()).toEqual(given.filter((id) => !id.endsWith("-7")).sort());
  await inbox.close();
  client.close();
});
