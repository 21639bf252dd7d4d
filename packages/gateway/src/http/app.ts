/** The HTTP server: fastify behind the front, with our validation, bodies and errors. */
import { randomUUID } from "node:crypto";
import { type IncomingMessage, type Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Principal } from "@signalbox/core";
import { errorData } from "@signalbox/core";
import type { ErrorData } from "@signalbox/protocol";
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyTypeProvider,
  fastify,
} from "fastify";
import type { Static, TSchema } from "typebox";
import type { Node } from "../node.ts";
import { addressOf } from "./address.ts";
import { ask } from "./ask.ts";
import { acceptMediaType } from "./body.ts";
import type { Certificate } from "./certificate.ts";
import { compressAnswers } from "./compress.ts";
import type { Connections } from "./connections.ts";
import type { Door } from "./door.ts";
import { errorResponse, Refused, refused } from "./errors.ts";
import { eventStreamConstraint } from "./event-stream-constraint.ts";
import { front, type OnRefused } from "./front.ts";
import { createHttpServer } from "./server.ts";
import { validatorOf } from "./validation.ts";

interface TypeBoxProvider extends FastifyTypeProvider {
  validator: this["schema"] extends TSchema ? Static<this["schema"]> : unknown;
  serializer: unknown;
}

export type App = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, TypeBoxProvider>;

declare module "fastify" {
  interface FastifyRequest {
    /** Who the request's token speaks for; set on every route under /v1. */
    principal: Principal;
  }
}

/**
 * What is too big by up to this factor is read to its end and dropped. Closing while it is sent would reset the
 * connection: the sender never sees the answer, and a proxy makes a 502 of it.
 */
const bodiesRead = 16;
/** A channel's name with each character percent-encoded. */
const parameterLength = 720;

/** With TLS if there is a certificate. */
export function createApp(node: Node, door: Door, connections: Connections, certificate?: Certificate): App {
  const { limits, refusals } = node;
  const app: App = fastify({
    bodyLimit: limits.frameBytes,
    exposeHeadRoutes: false,
    genReqId: () => randomUUID(),
    routerOptions: {
      maxParamLength: parameterLength,
      // One address, two forms: a stream for those who ask for one.
      constraints: { [eventStreamConstraint.name]: eventStreamConstraint },
    },
    serverFactory: (handler) => {
      const onRefused: OnRefused = ({ name, message }, request) =>
        refusals.note(name, message, addressOf(request, node));
      return createHttpServer(
        node,
        certificate,
        front({ door, connections, forward: node.forward, onRefused }, handler),
      );
    },
    frameworkErrors: (error, _request, reply) => {
      void answer(reply, errorData("invalid_message", error.message, { path: "/path", rule: error.message }));
    },
    clientErrorHandler: answerClientError,
  }).withTypeProvider<TypeBoxProvider>();

  app.setValidatorCompiler<TSchema>(({ schema, httpPart }) => validatorOf(schema, httpPart));
  // Response schemas document; what is sent is never cut down to them.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.removeAllContentTypeParsers();
  acceptMediaType(app, "application/json");
  app.decorateRequest("principal");
  compressAnswers(app);
  app.setErrorHandler((error, request, reply) => {
    const refusal = errorOf(error, node, request.id);
    const restIsRead = Number(request.headers["content-length"]) <= bodiesRead * limits.frameBytes;
    if (refusal.name === "payload_too_big" && restIsRead) reply.removeHeader("connection");
    return answer(reply, refusal);
  });
  return app;
}

/** Routes whose every request needs a token. */
export function withToken(app: App, node: Node, routes: (scope: App) => void): void {
  void app.register((scope: App, _options: object, done: () => void) => {
    scope.addHook("onRequest", async (request) => {
      const { raw } = request;
      const found = node.access.find(raw);
      if (found === undefined) throw refused("unauthenticated", "this address needs a token");
      if (found.what === "wrong") throw new Refused(found.error);
      const address = addressOf(raw, node);
      try {
        const caller = { address, page: node.pageOf(raw) };
        request.principal = await ask((done) => node.access.admit(found, caller, done));
      } catch (error) {
        if (error instanceof Refused) node.refusals.note(error.error.name, error.message, address);
        throw error;
      }
    });
    routes(scope);
    done();
  });
}

export function answer(reply: FastifyReply, error: ErrorData, more?: Record<string, unknown>): FastifyReply {
  const { status, headers, body } = errorResponse(error, more);
  return reply.code(status).headers(headers).send(body);
}

function errorOf(error: unknown, node: Node, id: string): ErrorData {
  if (error instanceof Refused) return error.error;
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const message = error instanceof Error ? error.message : String(error);
  switch (code) {
    case "FST_ERR_CTP_BODY_TOO_LARGE": {
      const limitBytes = node.limits.frameBytes;
      return errorData("payload_too_big", `a body must have at most ${limitBytes} bytes`, { limitBytes });
    }
    case "FST_ERR_CTP_INVALID_MEDIA_TYPE":
    case "FST_ERR_CTP_EMPTY_TYPE":
      return errorData("unsupported_media_type", "this media type is not accepted here");
    // A path that leads out of the dashboard's files: whoever asks made the mistake.
    case "FST_STATIC_FORBIDDEN_PATH":
      return errorData("not_found", "there is nothing at this address");
    case "FST_ERR_CTP_INVALID_CONTENT_LENGTH":
    case "ECONNRESET":
    case "ECONNABORTED":
      return errorData("invalid_message", "the body was cut off", { path: "", rule: "must be as long as said" });
    default:
      node.log.error({ err: error, id }, `a fault while answering: ${message}`);
      return errorData("internal", "the gateway made a mistake", { id });
  }
}

const clientErrors: Readonly<Record<string, [status: string, message: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ["408 Request Timeout", "the request took too long to arrive"],
  HPE_HEADER_OVERFLOW: ["431 Request Header Fields Too Large", "the headers are too long"],
};

/** What is not HTTP at all gets a last word and an end. */
function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  const answering: unknown = Reflect.get(socket, "_httpMessage");
  // In the middle of an answer a further word would become part of it.
  const begun = answering instanceof ServerResponse && answering.headersSent;
  if (begun || error.code === "ECONNRESET" || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, message] = clientErrors[error.code ?? ""] ?? ["400 Bad Request", "this is not HTTP"];
  const body = JSON.stringify({ error: errorData("invalid_message", message, { path: "", rule: message }) });
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
