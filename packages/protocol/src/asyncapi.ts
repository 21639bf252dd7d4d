/** The WebSocket API as an AsyncAPI 3.0 document, made from the catalogue. */
import { controlSchemas, controlTypes } from "./control.ts";
import { envelopeSchema } from "./envelope.ts";
import { catalogue } from "./events/index.ts";

interface Options {
  /** `ws://host:port` or `wss://…`; http and https are read as these. */
  serverUrl: string;
  /** Version of the gateway that serves the document. */
  version: string;
}

type Json = Record<string, unknown>;

const ref = (...path: string[]) => ({ $ref: `#/${path.join("/")}` });
const refs = (names: readonly string[]) => names.map((name) => ref("channels", "wire", "messages", name));

function server(url: string): Json {
  const [, scheme = "ws", host = url, path = ""] = /^([a-z]+):\/\/([^/]+)(.*)$/.exec(url) ?? [];
  const pathname = path.replace(/\/$/, "");
  return {
    host,
    protocol: scheme === "wss" || scheme === "https" ? "wss" : "ws",
    ...(pathname !== "" && { pathname }),
    description: "The gateway. The subprotocol is signalbox.v1.",
    security: [ref("components", "securitySchemes", "bearer")],
  };
}

const message = (type: string, summary: string, extra: Json = {}): Json => ({
  name: type,
  title: type,
  summary,
  contentType: "application/json",
  correlationId: ref("components", "correlationIds", "answered"),
  payload: {
    allOf: [
      ref("components", "schemas", "envelope"),
      {
        type: "object",
        required: ["type"],
        properties: { type: { const: type }, data: ref("components", "schemas", type) },
      },
    ],
  },
  ...extra,
});

/** A request of the client and what may answer it. */
const request = (summary: string, types: readonly string[], answers: readonly string[]): Json => ({
  action: "receive",
  channel: ref("channels", "wire"),
  summary,
  messages: refs(types),
  ...(answers.length > 0 && { reply: { channel: ref("channels", "wire"), messages: refs(answers) } }),
});

const delivery = (summary: string, types: readonly string[]): Json => ({
  action: "send",
  channel: ref("channels", "wire"),
  summary,
  messages: refs(types),
});

/** Actions are the gateway's: it receives what clients send. */
export function asyncapi({ serverUrl, version }: Options): Json {
  const events = [...catalogue.keys()];
  const names = [...controlTypes, ...events];
  const messages: Json = {};
  const schemas: Json = { envelope: envelopeSchema };
  for (const type of controlTypes) {
    messages[type] = message(type, `Control message ${type}.`);
    schemas[type] = controlSchemas[type];
  }
  for (const [type, found] of catalogue) {
    messages[type] = message(type, found.summary, {
      examples: [{ name: type, payload: { id: "evt-1", type, timestamp: 1_703_775_135_000, data: found.example } }],
      "x-signalbox": {
        version: found.version,
        delivery: found.delivery,
        channel: found.channel,
        key: found.key,
        tags: found.tags,
      },
    });
    schemas[type] = found.data;
  }
  return {
    asyncapi: "3.0.0",
    info: {
      title: "Signalbox",
      version,
      description:
        "One JSON message per WebSocket text frame, or an array of event messages. Publications repeat the event with " +
        "its channel, epoch and offset. The prose is spec/protocol.md.",
      license: { name: "Apache-2.0", url: "https://www.apache.org/licenses/LICENSE-2.0" },
    },
    defaultContentType: "application/json",
    servers: { gateway: server(serverUrl) },
    channels: {
      wire: {
        address: "/v1/ws",
        title: "The wire",
        description:
          "Everything travels on one connection; the channel member of a message says which stream it is in.",
        servers: [ref("servers", "gateway")],
        messages: Object.fromEntries(names.map((name) => [name, ref("components", "messages", name)])),
      },
    },
    operations: {
      negotiate: request("Say who you are and learn the limits.", ["connect"], ["connect", "error"]),
      authenticate: request("Give a token.", ["auth_request"], ["auth_success", "auth_failure"]),
      subscribe: request("Follow a channel or pattern.", ["subscribe"], ["subscription_update", "error"]),
      watchStates: request(
        "Follow the folded states of channels.",
        ["subscribe"],
        ["subscription_update", "channel_state", "error"],
      ),
      unsubscribe: request("Stop following it.", ["unsubscribe"], ["subscription_update", "error"]),
      lease: request("Say that a producer is at work on a channel.", ["lease"], ["lease", "error"]),
      presence: request("Be in a channel, and learn who is.", ["presence"], ["presence", "error"]),
      publish: request("Publish events.", events, ["ack", "error"]),
      ping: request("Ask for a sign of life.", ["ping"], ["pong"]),
      pong: request("Give a sign of life.", ["pong"], []),
      leave: request("Say goodbye.", ["disconnect"], []),
      deliver: delivery("Events of the subscribed channels, in order.", events),
      report: delivery("What happens to subscriptions and the connection.", [
        "subscription_update",
        "channel_state",
        "presence",
        "demand",
        "auth_expiring",
        "error",
        "disconnect",
        "ping",
      ]),
    },
    components: {
      messages,
      schemas,
      correlationIds: { answered: { location: "$message.payload#/metadata/correlationId" } },
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "Authorization: Bearer TOKEN, or auth_request first." },
      },
    },
  };
}
