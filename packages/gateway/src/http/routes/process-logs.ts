/** GET /v1/processes/{id}/logs: a process's lines as an event stream, or as text to keep. */
import { channelError, type SharedPublication } from "@signalbox/core";
import { type Filter, formatPosition, type Message, type SubscriptionUpdate } from "@signalbox/protocol";
import type { FastifyReply, FastifyRequest } from "fastify";
import Type from "typebox";
import { addressOf } from "../../http/address.ts";
import type { Node } from "../../node.ts";
import { sseText } from "../../transports/event-stream.ts";
import { parseSince } from "../../transports/since.ts";
import { admitViewer, quietMs, type Rendering, Viewer } from "../../transports/viewer.ts";
import type { App } from "../app.ts";
import { Refused } from "../errors.ts";
import { sendLogText } from "../log-text.ts";
import { permit } from "../permit.ts";

const types = ["process_output", "process_stopped"];

/** Returns what ends every open log at the gateway's stop. */
export function processLogRoutes(app: App, node: Node): () => void {
  const viewers = new Set<Viewer>();
  node.load.add("logs", viewers);
  node.sweep.add(() => {
    for (const viewer of viewers) viewer.beat(quietMs(node.limits.heartbeatMs));
  });
  app.get(
    "/v1/processes/:id/logs",
    {
      schema: {
        summary: "The lines of a process",
        description:
          "An event stream of connected, log, gap and stopped; Last-Event-ID or since resumes. With Accept: text/plain " +
          "or format=text the kept lines as text.",
        produces: ["text/event-stream", "text/plain"],
        params: Type.Object({ id: Type.String({ minLength: 1, maxLength: 200 }) }),
        querystring: Type.Object({
          since: Type.Optional(Type.String({ description: "EPOCH:OFFSET, earliest (default), now or last:N." })),
          follow: Type.Optional(Type.Boolean({ description: "false: ends at the newest line." })),
          format: Type.Optional(Type.Enum(["text", "events"])),
          ansi: Type.Optional(Type.Boolean({ description: "With text: false leaves colours and the like out." })),
          stream: Type.Optional(Type.Literal("stderr", { description: "Only lines that were written there." })),
        }),
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const channel = `process:${id}`;
      const error = channelError(channel, node.namespaces);
      if (error !== undefined) throw new Refused(error);
      const { follow = true, format, ansi = true, stream } = request.query;
      const { since, asText } = wanted(request, request.query.since, format);
      const { principal } = request;
      if (asText) {
        permit(principal, "history", channel);
        return sendLogText(node, reply, { principal, channel, name: id, since, ansi, stream });
      }
      const filter = stream === undefined ? { types } : { types, tags: { stream } };
      watch(node, viewers, request, reply, id, { since, filter, follow });
      return reply;
    },
  );
  return () => {
    for (const viewer of viewers) viewer.end();
  };
}

function wanted({ headers }: FastifyRequest, query: string | undefined, format: "text" | "events" | undefined) {
  const resumed = headers["last-event-id"];
  const isResumed = typeof resumed === "string" && resumed !== "";
  const since = isResumed
    ? parseSince(resumed, "/headers/last-event-id")
    : parseSince(query ?? "earliest", "/query/since");
  const { accept = "" } = headers;
  const prefersText = accept.includes("text/plain") && !accept.includes("text/event-stream");
  return { since, asText: format === "text" || (format === undefined && prefersText) };
}

function watch(
  node: Node,
  viewers: Set<Viewer>,
  { principal, raw }: FastifyRequest,
  reply: FastifyReply,
  processId: string,
  { since, filter, follow }: { since: unknown; filter: Filter; follow: boolean },
): void {
  admitViewer(node, addressOf(raw, node));
  reply.hijack();
  const response = reply.raw;
  const rendering = logRendering(processId);
  const who = { principal, address: addressOf(raw, node) };
  const options = { node, transport: "sse", ...who, response, rendering, answers: 1, untilHead: !follow };
  const data = { channel: `process:${processId}`, since, filter, complete: true };
  new Viewer(options, viewers).accept([{ id: "1", type: "subscribe", data }]);
}

function logRendering(processId: string): Rendering {
  return {
    opening: ({ id }) => sseText({ event: "connected", data: JSON.stringify({ processId, streamId: id }) }),
    publication: (publication) => eventText(processId, publication),
    control: (message) => controlText(processId, message),
  };
}

function eventText(processId: string, publication: SharedPublication): string {
  const { epoch, offset, type } = publication;
  const id = formatPosition({ epoch, offset });
  const { timestamp, data } = publication.message();
  const fields = typeof data === "object" && data !== null ? data : {};
  if (type === "process_stopped") {
    return sseText({ event: "stopped", id, data: JSON.stringify({ ...fields, processId, timestamp }) });
  }
  const { line, stream = "stdout", output = "" } = fields as { line?: unknown; stream?: unknown; output?: unknown };
  return sseText({ event: "log", id, data: JSON.stringify({ processId, line, stream, output, timestamp }) });
}

function controlText(processId: string, message: Message): string {
  if (message.type !== "subscription_update") {
    return sseText({ event: message.type, data: JSON.stringify({ processId, ...(message.data as object) }) });
  }
  const { epoch, offset, gap } = message.data as SubscriptionUpdate;
  const id = formatPosition({ epoch, offset });
  if (gap !== undefined) return sseText({ event: "gap", id, data: JSON.stringify({ processId, ...gap }) });
  // Nothing to say but how far it is: an id without data moves the cursor and fires no event.
  return `id: ${id}\n\n`;
}
