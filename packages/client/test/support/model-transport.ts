/** A transport straight into a ModelGateway; the test says when messages arrive. */
import { createClient } from "../../src/client.ts";
import type { Deps } from "../../src/defaults.ts";
import type { Cause, Dial, LinkEvents, Transport } from "../../src/transport.ts";
import type { Client, ClientOptions } from "../../src/types.ts";
import { type FakeClock, fakeClock } from "./fake-clock.ts";
import { type Connection, ModelGateway } from "./model-gateway.ts";

interface Open {
  dial: Dial;
  events: LinkEvents;
  connection: Connection;
}

export class ModelTransport implements Transport {
  readonly name = "websocket";
  readonly duplex = true;
  readonly quietMs = 0;
  readonly gateway = new ModelGateway();
  readonly dials: Dial[] = [];
  /** Tokens that a running link was given. */
  readonly renewed: Array<string | undefined> = [];
  /** Set: links are refused so. */
  refusal: Cause | undefined;
  #open: Open | undefined;

  open(dial: Dial, events: LinkEvents): ReturnType<Transport["open"]> {
    this.dials.push(dial);
    const connection = this.gateway.connect();
    const { refusal } = this;
    const open: Open = { dial, events, connection };
    this.#open = open;
    queueMicrotask(() => {
      if (refusal) this.#end(open, refusal);
      else if (this.#open === open) for (const text of events.opening().texts) connection.receive(text);
    });
    return {
      send: (batch) => {
        for (const { text } of batch) connection.receive(text);
      },
      restart() {},
      renew: (token) => this.renewed.push(token),
      close: () => this.#end(open, undefined),
    };
  }

  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  /** All that waits arrives as one burst. */
  deliver(): void {
    const { connection, events } = this.#open ?? {};
    const messages = connection?.queue.splice(0) ?? [];
    if (messages.length > 0) events?.received(messages);
  }

  cut(cause: Cause = {}): void {
    if (this.#open) this.#end(this.#open, cause);
  }

  #end(open: Open, cause: Cause | undefined): void {
    open.connection.end();
    if (this.#open === open) this.#open = undefined;
    if (cause) open.events.closed(cause);
  }
}

/** Lets everything that is due now happen. */
export const settled = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await Promise.resolve();
};

export interface Rig {
  client: Client;
  transport: ModelTransport;
  gateway: ModelGateway;
  clock: FakeClock;
  /** Runs what is due and delivers what waits, until nothing does. */
  rest(): Promise<void>;
  /** The network came back. */
  wake: () => void;
}

export function rig(options: Partial<ClientOptions> = {}, deps: Partial<Deps> = {}): Rig {
  const transport = new ModelTransport();
  const clock = fakeClock();
  let awaken = (): void => {};
  return {
    transport,
    gateway: transport.gateway,
    clock,
    wake: () => awaken(),
    client: createClient(
      { url: "http://gateway.test", ...options },
      {
        transports: [transport],
        clock,
        random: () => 0.5,
        unique: () => "u",
        onWake: (wake) => {
          awaken = wake;
          return () => {
            awaken = () => {};
          };
        },
        ...deps,
      },
    ),
    async rest() {
      for (let i = 0; i < 6; i++) {
        await settled();
        clock.pass(0);
        transport.deliver();
      }
      await settled();
    },
  };
}
