import { readFileSync } from "node:fs";
import { type Draft, isChannel, type PublishResult } from "@signalbox/protocol";
import type { Command } from "commander";
import { type ConnectionFlags, clientOf, connectionOf, withConnection } from "../connection.ts";
import { exitCodes, Failure, toFailure } from "../failure.ts";
import type { Io } from "../io.ts";
import { collectTag } from "../parse.ts";
import { publishOne } from "../publish-one.ts";

interface PublishFlags extends ConnectionFlags {
  tag?: Record<string, string>;
  key?: string;
  json?: true;
}

export function addPublish(program: Command, io: Io): void {
  const command = program
    .command("publish")
    .summary("publish an event to a channel")
    .description("Publishes one event. DATA is JSON, or - to read it from standard input; {} if left out.")
    .argument("<channel>", "the channel, such as agent:coder-001")
    .argument("<type>", "the event's type, such as agent_status")
    .argument("[data]", "its data as JSON, or -")
    .option("--tag <name=value>", "a tag that filters can select by; may be repeated", collectTag)
    .option("--key <key>", "idempotency key: publishing twice with one key keeps one event")
    .option("--json", "print the gateway's answer as JSON")
    .addHelpText(
      "after",
      `
Examples:
  signalbox publish agent:coder-001 agent_status '{"agentId":"coder-001","status":"busy"}'
  signalbox publish global system_notification '{"message":"Lunch"}' --tag team=blue
  jq -n '{message: "done"}' | signalbox publish global system_notification -`,
    );
  withConnection(command).action((channel: string, type: string, data: string | undefined, flags: PublishFlags) =>
    publish(channel, type, data, flags, io),
  );
}

async function publish(channel: string, type: string, data: string | undefined, flags: PublishFlags, io: Io) {
  if (!isChannel(channel)) {
    const next = "Write it as namespace:name, such as agent:coder-001.";
    throw new Failure(`${JSON.stringify(channel)} is not a channel`, next, exitCodes.usage);
  }
  const connection = connectionOf(flags, io);
  const metadata = { ...(flags.tag && { tags: flags.tag }), ...(flags.key && { idempotencyKey: flags.key }) };
  const draft: Draft = { type, channel, data: parseData(data), timestamp: Date.now(), metadata };
  const client = clientOf(connection);
  try {
    const result = await publishOne(client, draft);
    if (flags.json) io.out.line(JSON.stringify(result));
    else io.out.line(describe(result));
  } catch (error) {
    throw toFailure(error, connection.url);
  } finally {
    client.close();
  }
}

function describe(result: Extract<PublishResult, { channel: string }>): string {
  const position = result.offset === undefined ? "delivered, not kept" : `${result.epoch}:${result.offset}`;
  return `${result.channel} ${position}${result.duplicate ? " (it was there already)" : ""}`;
}

function parseData(text = "{}"): unknown {
  const json = text === "-" ? readFileSync(0, "utf8") : text;
  try {
    return JSON.parse(json);
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    throw new Failure(
      `the data is not JSON: ${what}`,
      `Quote it for the shell: '{"message":"hello"}'.`,
      exitCodes.usage,
    );
  }
}
