/** The ways a client has to a gateway, played by the test: what was asked is kept, what comes back is said. */
import type { Draft, Publication } from "@signalbox/protocol";
import { GatewayError } from "../../src/errors.ts";
import type { Client, GatewayFailure, Problem, Published, WatchOptions } from "../../src/types.ts";
import { fakeClock } from "./fake-clock.ts";

export interface Asked<Ask, Answer> {
  readonly ask: Ask;
  answer(value: Answer): void;
  fail(error: Error): void;
}

export interface Watched {
  readonly channel: string;
  readonly options: WatchOptions;
  stopped: boolean;
}

export const problem = (name: Problem["name"], temporary = false): GatewayError =>
  new GatewayError({ name, number: 1, message: `it is ${name}`, temporary, help: "" });

export class FakeSteering {
  readonly clock = fakeClock();
  readonly published: Array<Asked<Draft, Published>> = [];
  readonly requested: Array<Asked<{ path: string; body?: unknown }, unknown>> = [];
  readonly watched: Watched[] = [];
  #offset = 10;

  readonly client: Pick<Client, "publish" | "publishAll" | "watch" | "request" | "ride" | "link"> = {
    publish: (draft) => this.#asked(this.published, draft),
    publishAll: (drafts) =>
      Promise.all(
        drafts.map((draft) =>
          this.client.publish(draft).catch((error: GatewayError): GatewayFailure => ({ id: "x", error: told(error) })),
        ),
      ),
    request: <Answer>(path: string, { body }: { body?: unknown } = {}) =>
      this.#asked(this.requested, { path, body }) as Promise<Answer>,
    watch: (channel, options) => {
      const watched: Watched = { channel, options, stopped: false };
      this.watched.push(watched);
      const stop = (): void => {
        watched.stopped = true;
      };
      return { channel, stop, state: () => offline, positions: () => ({}) };
    },
    ride: () => ({ newId: () => "n1", clock: this.clock, look() {}, end() {} }),
    link: { snapshot: () => linked, subscribe: () => () => {} },
  };

  /** The channel brings a step. */
  step(type: string, data: object, channel = "agent:a"): void {
    const event: Publication = {
      ...{ id: `e${++this.#offset}`, type, timestamp: 5_000 + this.#offset, data },
      ...{ channel, epoch: "e", offset: this.#offset },
    };
    for (const { options, stopped } of this.watched) if (!stopped) options.onEvent?.(event);
  }

  state(status: "live" | "offline" | "subscribing", more: { truncated?: boolean } = {}): void {
    const { options } = this.watched.at(-1) ?? {};
    options?.onState?.({ status, position: undefined, head: undefined, ...more });
  }

  #asked<Ask, Answer>(list: Array<Asked<Ask, Answer>>, ask: Ask): Promise<Answer> {
    return new Promise((answer, fail) => {
      list.push({ ask, answer, fail });
    });
  }
}

const told = ({ name, number, message, temporary, help }: GatewayError): Problem => ({
  ...{ name, number, message, temporary, help },
});

const offline = { status: "offline", position: undefined, head: undefined } as const;
const linked = {
  ...({ state: "live", transport: "websocket", attempt: 0, retryAtMs: undefined, offlineSinceMs: undefined } as const),
  ...{ reason: undefined, catchingUp: 0, queued: 0, notSent: 0 },
};
