/** The native messages by request and answer, where nothing else passes. */
import { type Draft, decodeValue } from "@signalbox/protocol";
import Type from "typebox";
import { addressOf } from "../../http/address.ts";
import type { App } from "../../http/app.ts";
import { jsonOf, textBody } from "../../http/body.ts";
import { broken } from "../../http/errors.ts";
import { messageSchema } from "../../http/schemas.ts";
import type { Node } from "../../node.ts";
import type { Transport } from "../transport.ts";
import { Collector } from "./collector.ts";

/** The body, and its list. */
const messagesAround = 2;

export class PollTransport implements Transport {
  readonly name = "poll";
  readonly #open = new Set<Collector>();

  routes(app: App, node: Node): void {
    node.load.add(this.name, this.#open);
    app.post(
      "/v1/poll",
      {
        schema: {
          summary: "Answers messages, and waits for publications",
          description:
            "Ends as soon as there is something the client did not know, when a page is full, or after waitMs. Repeat " +
            "the subscriptions with the new positions.",
          body: Type.Object({
            messages: Type.Array(messageSchema),
            waitMs: Type.Optional(Type.Integer({ minimum: 0, description: "0 answers at once." })),
          }),
          response: { 200: Type.Object({ messages: Type.Array(messageSchema) }) },
        },
      },
      (request, reply) => {
        const { drafts, waitMs } = pollOf(jsonOf(textBody(request.body), node.limits, messagesAround), node);
        const who = { principal: request.principal, address: addressOf(request.raw, node) };
        const collector = new Collector({ node, transport: this.name, ...who, drafts, waitMs, socket: request.socket });
        this.#open.add(collector);
        // A client that went away frees everything at once.
        reply.raw.on("close", () => {
          this.#open.delete(collector);
          collector.end();
        });
        collector.start((messages) => {
          void reply.type("application/json; charset=utf-8").send(`{"messages":[${messages.join(",")}]}`);
        });
        return reply;
      },
    );
  }

  close(): void {
    for (const collector of this.#open) collector.end();
  }
}

function pollOf(value: unknown, { limits }: Node): { drafts: Draft[]; waitMs: number } {
  if (typeof value !== "object" || value === null) throw broken("", "must be an object with messages");
  const messages = Object.hasOwn(value, "messages") ? Reflect.get(value, "messages") : undefined;
  if (!Array.isArray(messages) || messages.length === 0) throw broken("/messages", "must be an array of messages");
  const waitMs = Object.hasOwn(value, "waitMs") ? Reflect.get(value, "waitMs") : 0;
  if (!Number.isSafeInteger(waitMs) || waitMs < 0) throw broken("/waitMs", "must be whole milliseconds from 0");
  const decoded = decodeValue(messages, limits);
  if (!decoded.ok) throw broken(`/messages${decoded.path}`, decoded.rule);
  return { drafts: decoded.drafts, waitMs: Math.min(waitMs, limits.pollWaitMs) };
}
