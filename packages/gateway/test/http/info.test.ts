/** §6.9 Whoever asks is told who they are and what they may do. */
import { expect, test } from "vitest";
import { openGateway } from "../support/gateway.ts";

test("of each verb the channels that it is granted with, and whom it speaks for", async () => {
  const gateway = await openGateway();
  const may = async (key: object | undefined): Promise<unknown> => {
    let headers: Record<string, string> | undefined;
    if (key !== undefined) {
      const made = await gateway.request("/v1/keys", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ name: "k", ...key }),
      });
      headers = { authorization: `Bearer ${((await made.json()) as { token: string }).token}` };
    }
    const answer = await gateway.request("/v1/info", headers && { headers });
    return ((await answer.json()) as { rights: unknown }).rights;
  };
  const all = ["*"];
  expect(await may(undefined)).toEqual({
    verbs: { subscribe: all, publish: all, history: all, presence: all, command: all, approve: all, admin: all },
  });
  const own = { channels: "agent:*", verbs: ["subscribe", "publish"] };
  const more = { channels: "session:s1", verbs: ["subscribe", "command"], commands: ["pause"] };
  expect(await may({ capabilities: [own, more] })).toEqual({
    verbs: { subscribe: ["agent:*", "session:s1"], publish: ["agent:*"], command: ["session:s1"] },
  });
  expect(await may({ capabilities: [own], agentId: "a" })).toEqual({
    verbs: { subscribe: ["agent:*"], publish: ["agent:a", "agent:a/*"] },
    agentId: "a",
  });
  expect(await may({ capabilities: [{ ...own, channels: "*" }], agentId: "a" })).toEqual({
    verbs: { subscribe: all, publish: all },
    agentId: "a",
  });
});
