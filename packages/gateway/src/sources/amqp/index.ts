/** Agents that talk over RabbitMQ (S§6): reads a durable queue, and answers for a message once its event is kept. */
import { randomUUID } from "node:crypto";
import { type Identity, principalOf, rightsOf } from "@signalbox/core";
import { type Channel, type ChannelModel, type ConsumeMessage, connect, type RecoveringChannelModel } from "amqplib";
import type { AmqpConfig } from "../../config/amqp.ts";
import { printable } from "../../log.ts";
import type { Node } from "../../node.ts";
import type { EventFormat } from "../source.ts";
import { Carrier } from "./carrier.ts";
import type { Delivery } from "./map.ts";

type NodeParts = Pick<Node, "tenants" | "limits" | "namespaces" | "health" | "log" | "refusals">;

export interface AmqpOptions {
  config: AmqpConfig;
  node: NodeParts;
  cloudEvent: EventFormat;
  /** Types whose rate is limited by itself. */
  limitedTypes: Readonly<Record<string, unknown>>;
}

/** Milliseconds. Jitter, so that nodes do not come back at once. */
const backoff = { initialDelay: 500, maxDelay: 30_000, factor: 2, jitter: 0.5 };
/** Seconds; a broker that says nothing for two of them is gone. */
const heartbeatS = 20;
/** Of the socket, until the connection is open; milliseconds. */
const connectMs = 10_000;
/** The broker gets so long to hear that this node goes; milliseconds. */
const graceMs = 2_000;
/** How it is called in health and in the log. */
const source = "RabbitMQ";

export class AmqpSource {
  readonly #options: AmqpOptions;
  readonly #actor;
  readonly #counts = { kept: 0, duplicate: 0, refused: 0 };
  #recovering: RecoveringChannelModel | undefined;
  /** The consumer that lives now. */
  #consumer: { channel: Channel; carrier: Carrier<ConsumeMessage> } | undefined;
  #closing = false;
  /** Why the consumer ended, where the connection did not end it. */
  #lost: string | undefined;
  /** What the log said last about why there is no connection. */
  #said: string | undefined;

  constructor(options: AmqpOptions) {
    this.#options = options;
    const { capabilities, tenant } = options.config;
    const identity: Identity = {
      kind: "service",
      id: "amqp",
      roles: [],
      capabilities,
      ...(tenant === undefined ? {} : { tenant }),
    };
    const rights = rightsOf(identity, {}, Object.keys(options.node.namespaces));
    this.#actor = { principal: principalOf(identity, rights) };
  }

  /** Messages since the start. */
  get counts(): Readonly<{ kept: number; duplicate: number; refused: number }> {
    return this.#counts;
  }

  /** Tries for ever, until `close`. */
  async begin(): Promise<void> {
    this.#options.node.health.sourceMissing(source, "not connected yet");
    const url = new URL(this.#options.config.url);
    if (!url.searchParams.has("heartbeat")) url.searchParams.set("heartbeat", String(heartbeatS));
    const recovering = await connect(url.href, {
      timeout: connectMs,
      noDelay: true,
      clientProperties: { connection_name: "signalbox" },
      recovery: { ...backoff, waitForConnect: false, setup: (model: ChannelModel) => this.#consume(model) },
    });
    this.#recovering = recovering;
    // A disconnect follows.
    recovering.on("error", () => {});
    recovering.on("connect-failed", ({ message }) => this.#away(message));
    recovering.on("disconnect", ({ message }) => this.#away(this.#lost ?? message));
  }

  /** What is on its way is kept and answered first; the broker has the rest. */
  async close(): Promise<void> {
    this.#closing = true;
    await Promise.race([this.#leave(), new Promise((resolve) => setTimeout(resolve, graceMs).unref())]);
  }

  async #leave(): Promise<void> {
    const consumer = this.#consumer;
    if (consumer !== undefined) {
      const { channel, carrier } = consumer;
      await carrier.finish();
      // Not cancelled before: the next consumer would get what is new, and what this one gives back only after that.
      await channel.close().catch(ignored);
    }
    await this.#recovering?.close();
  }

  /** Called for each new connection; rejects where the broker will not have it so. */
  async #consume(model: ChannelModel): Promise<void> {
    const { health, log } = this.#options.node;
    // Nobody else listens until this is done, and an error without a listener ends the process.
    model.on("error", ignored);
    const fault = (error: Error): void => log.error({ err: error }, "a fault while reading from RabbitMQ");
    model.on("handler-error", fault);
    const channel = await model.createChannel();
    channel.on("handler-error", fault);
    const carrier = this.#carrier(model, channel);
    this.#lost = undefined;
    channel.on("error", ({ message }) => {
      this.#lost = message;
    });
    channel.on("close", () => {
      carrier.stop();
      this.#consumer = undefined;
      model.close().catch(ignored);
    });
    await this.#declare(channel);
    const { queue, prefetch } = this.#options.config;
    await channel.prefetch(prefetch);
    const life = randomUUID();
    await channel.consume(queue, (message) => {
      // The queue was deleted, or its node went: perhaps another one has it.
      if (message === null) {
        carrier.stop();
        this.#lost = "the queue is gone";
        model.close().catch(ignored);
        return;
      }
      carrier.take({ delivery: deliveryOf(message, life), handle: message });
    });
    this.#consumer = { channel, carrier };
    health.sourceMissing(source, undefined);
    this.#said = undefined;
    log.info({ broker: new URL(this.#options.config.url).host, queue }, "the RabbitMQ queue is read");
  }

  async #declare(channel: Channel): Promise<void> {
    const { queue, exchange, bindings, declare, arguments: further, deadLetterExchange } = this.#options.config;
    if (!declare) {
      await channel.checkQueue(queue);
      return;
    }
    if (deadLetterExchange !== undefined) {
      await channel.assertExchange(deadLetterExchange, "topic", { durable: true });
      await channel.assertQueue(deadLetterExchange, { durable: true });
      await channel.bindQueue(deadLetterExchange, deadLetterExchange, "#");
    }
    await channel.assertExchange(exchange, "topic", { durable: true });
    await channel.assertQueue(queue, {
      durable: true,
      arguments: further,
      ...(deadLetterExchange === undefined ? {} : { deadLetterExchange }),
    });
    for (const binding of bindings) await channel.bindQueue(queue, exchange, binding);
  }

  #carrier(model: ChannelModel, channel: Channel): Carrier<ConsumeMessage> {
    const { node, cloudEvent, limitedTypes } = this.#options;
    const { limits, namespaces, health, refusals, tenants } = node;
    const { principal } = this.#actor;
    return new Carrier(
      {
        publish: (drafts, done) => tenants.of(principal).hub.publish(drafts, this.#actor, done),
        kept: (message, duplicate) => {
          this.#counts[duplicate ? "duplicate" : "kept"]++;
          channel.ack(message);
        },
        refused: (message, { name, message: why }) => {
          this.#counts.refused++;
          const { routingKey } = message.fields;
          refusals.note(name, `a message of ${source} with routing key ${routingKey}: ${why}`, undefined);
          channel.nack(message, false, false);
        },
        troubled: (why) => health.sourceMissing(source, why === undefined ? undefined : `its messages wait: ${why}`),
        giveBack: (why) => {
          this.#lost = `messages were given back, since they could not be kept: ${why}`;
          model.close().catch(ignored);
        },
        goesAlone: (type) => Object.hasOwn(limitedTypes, type),
        steadyMs: () => performance.now(),
        pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms).unref()),
      },
      { limits, namespaces, cloudEvent },
    );
  }

  #away(why: string): void {
    if (this.#closing) return;
    const { health, log } = this.#options.node;
    health.sourceMissing(source, printable(why));
    if (this.#said !== why) log.warn({ why: printable(why) }, "the RabbitMQ queue is not read; trying on");
    this.#said = why;
  }
}

const ignored = (): void => {};

/** Properties are whatever a publisher's library wrote there. */
function deliveryOf({ content, fields, properties }: ConsumeMessage, life: string): Delivery {
  const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
  const { headers, contentType, contentEncoding, messageId, appId, correlationId, type, timestamp } = properties;
  return {
    body: content,
    routingKey: fields.routingKey,
    headers: headers ?? {},
    contentType: text(contentType),
    contentEncoding: text(contentEncoding),
    messageId: text(messageId),
    appId: text(appId),
    correlationId: text(correlationId),
    type: text(type),
    timestamp: typeof timestamp === "number" ? timestamp : undefined,
    key: `${life} ${fields.deliveryTag}`,
  };
}
