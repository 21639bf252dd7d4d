/** What to paste, for each way to bring something in or out. Only what works in this repository. */

import type { SourceKind } from "./kinds.ts";

export interface Source {
  id: string;
  kind: SourceKind;
  title: string;
  /** What happens then, and what is needed before. */
  says: string;
  /** Where it is pasted. */
  into: "a terminal" | "a file" | "the gateway's configuration";
  text: string;
  /** A line after the first, in a terminal. */
  andThen?: string;
  /** In the repository. */
  docs: string;
}

export interface Where {
  /** The gateway's address, as this page uses it. */
  url: string;
  /** Only where a person wants to see it. */
  token: string | undefined;
}

export function sourcesFor({ url, token }: Where): readonly Source[] {
  const bearer =
    token === undefined ? '"Authorization: Bearer $SIGNALBOX_TOKEN"' : quoted(`Authorization: Bearer ${token}`);
  const before = `SIGNALBOX_URL=${quoted(url)} ${token === undefined ? "" : `SIGNALBOX_TOKEN=${quoted(token)} `}`;
  const inCode = token === undefined ? "process.env.SIGNALBOX_TOKEN" : JSON.stringify(token);
  const curl = (type: string, body: unknown): string =>
    `curl -sS ${quoted(`${url}/v1/events`)} -H ${bearer} -H 'Content-Type: ${type}' -d ${quoted(JSON.stringify(body))}`;
  return [
    {
      ...{ id: "run", kind: "command", title: "Any command", into: "a terminal", docs: "README.md" },
      says: "It runs as ever; its output, state and exit code are here, live, and kept.",
      text: `${before}npx signalbox run -- npm test`,
    },
    {
      ...{ id: "publish", kind: "command", title: "An event from a script", into: "a terminal", docs: "README.md" },
      says: "The same as curl below, without the quoting.",
      text: `${before}npx signalbox publish agent:my-script agent_status '{"agentId": "my-script", "status": "busy"}'`,
    },
    {
      ...{ id: "curl", kind: "http", title: "curl", into: "a terminal", docs: "docs/reference/events.md" },
      says: "Any program that speaks HTTP. The answer names the position where the event is kept, on disk.",
      text: curl("application/json", { type: "agent_status", data: { agentId: "my-curl", status: "busy" } }),
    },
    {
      ...{ id: "cloudevents", kind: "http", title: "CloudEvents", into: "a terminal", docs: "spec/protocol.md §6.2" },
      says: "Structured and batch mode. subject names the channel; id and source make sending twice safe.",
      text: curl("application/cloudevents+json", {
        ...{ specversion: "1.0", id: "1", source: "https://ci.example.org/jobs", type: "org.example.job_done" },
        ...{ subject: "agent:my-cloudevents", data: { ok: true } },
      }),
    },
    {
      ...{ id: "typescript", kind: "code", title: "TypeScript", into: "a file", docs: "docs/typescript.md" },
      says: "Node 22.13 or newer, or a browser. It is kept when the promise resolves, and waits where there is no link.",
      text: `import { createClient } from "@signalbox/client";

const client = createClient({ url: ${JSON.stringify(url)}, token: ${inCode} });
await client.publish({ type: "agent_status", data: { agentId: "my-typescript", status: "busy" } });
client.close();
`,
      andThen: "npx node --conditions=source hello.ts",
    },
    {
      ...{ id: "agent", kind: "code", title: "An agent of your own", into: "a file", docs: "docs/agents.md" },
      says: "Status, tasks, logs and usage; can be paused, cancelled and told things; loses nothing while the gateway is away.",
      text: `import { startAgent } from "@signalbox/agent";

const agent = await startAgent({ url: ${JSON.stringify(url)}, token: ${inCode}, agentId: "my-agent" });
agent.status("running", { message: "reading the code" });
await agent.done("read");
`,
      andThen: "npx node --conditions=source agent.ts",
    },
    {
      ...{ id: "python", kind: "code", title: "Python", into: "a file", docs: "docs/python.md" },
      says: "Python 3.10 or newer, after pip install ./sdks/python; asyncio here, without it the same names wait.",
      text: `import asyncio
${token === undefined ? "import os\n" : ""}
from signalbox import Client


async def main() -> None:
    async with Client(${JSON.stringify(url)}, token=${token === undefined ? 'os.environ["SIGNALBOX_TOKEN"]' : JSON.stringify(token)}) as client:
        await client.publish({"type": "agent_status", "data": {"agentId": "my-python", "status": "busy"}})


asyncio.run(main())
`,
      andThen: "python hello.py",
    },
    {
      ...{
        id: "rabbitmq",
        kind: "bus",
        title: "RabbitMQ",
        into: "the gateway's configuration",
        docs: "docs/rabbitmq.md",
      },
      says: "Then publish to the exchange named signalbox, with a routing key such as agent.coder-001.",
      text: `{
  "amqp": {
    "url": "amqp://signalbox:PASSWORD@rabbit.example.org:5672/agents",
    "capabilities": [{ "channels": "agent:*", "verbs": ["publish"] }]
  }
}
`,
    },
    {
      ...{ id: "redis", kind: "bus", title: "Redis", into: "the gateway's configuration", docs: "docs/webgui.md" },
      says: "Agents publish to the Redis they have, on webgui:agent:NAME and webgui:session:ID.",
      text: `{ "webgui": { "redis": "redis://127.0.0.1:6379" } }\n`,
      andThen: `redis-cli publish webgui:agent:my-redis '{"type": "agent_status", "data": {"status": "busy"}}'`,
    },
    {
      ...{ id: "react", kind: "page", title: "React", into: "a file", docs: "docs/react.md" },
      says: "Hooks for channels, states, commands, approvals, presence. Pages of other origins belong in allowedOrigins.",
      text: `import { SignalboxProvider, useChannel } from "@signalbox/react";

export const Page = ({ token }: { token: string }) => (
  <SignalboxProvider url=${JSON.stringify(url)} token={token}>
    <Log process="p1" />
  </SignalboxProvider>
);

function Log({ process }: { process: string }) {
  const { events } = useChannel(\`process:\${process}\`, { last: 500 });
  return <ol>{events.map((event) => <li key={event.offset}>{JSON.stringify(event.data)}</li>)}</ol>;
}
`,
    },
    {
      ...{ id: "vue", kind: "page", title: "Vue", into: "a file", docs: "docs/vue.md" },
      says: "The same as composables. Pages of other origins belong in allowedOrigins.",
      text: `<script setup lang="ts">
import { provideSignalbox } from "@signalbox/vue";

const { token } = defineProps<{ token: string }>();
provideSignalbox({ url: ${JSON.stringify(url)}, token });
</script>

<template><slot /></template>
`,
    },
    {
      ...{ id: "socketio", kind: "page", title: "Socket.IO", into: "a file", docs: "docs/socketio.md" },
      says: "A client you have finds what it knows: change the address and bring a token.",
      text: `import { io } from "socket.io-client";

const socket = io(${JSON.stringify(url)}, { auth: { token: ${inCode} } });
socket.on("connect", () => socket.emit("subscribe-process", "p1"));
socket.on("process-output", ({ processId, output }) => console.log(processId, output));
`,
      andThen: "npx node hello.mjs",
    },
  ];
}

/** As a shell reads it, whatever it is. */
const quoted = (text: string): string => (/^[\w./:@%+=,~-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);
