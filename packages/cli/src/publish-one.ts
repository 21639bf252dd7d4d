import type { Client } from "@signalbox/client";
import type { Draft, PublishResult } from "@signalbox/protocol";
import { Failure, toFailure } from "./failure.ts";

/** Publishes one event; throws what the gateway refused it with. */
export async function publishOne(client: Client, draft: Draft): Promise<Extract<PublishResult, { channel: string }>> {
  const answer = await client.request<{ results: PublishResult[] }>("/v1/events", { method: "POST", body: [draft] });
  const [result] = answer.results;
  if (result === undefined) throw new Failure("the gateway's answer has no result");
  if ("error" in result) throw toFailure(Object.assign(new Error(result.error.message), result.error));
  return result;
}
