/** Plays the client's side of a scenario against a gateway: what it sends back, and nothing else, is the scenario's. */
import type { Driver } from "./driver.ts";
import type { Json, JsonObject, Scenario, Step } from "./scenario.ts";
import { type Bound, difference, filled } from "./values.ts";

/** As both clients do. */
const reads = { chunks: true, compression: ["gzip"] };

export async function playGateway(driver: Driver, scenario: Scenario): Promise<void> {
  const play = new GatewayPlay(driver);
  await driver.ask({ start: { tokens: (scenario.tokens?.good ?? {}) as JsonObject } });
  for (const [index, step] of scenario.steps.entries()) {
    try {
      await play.step(step);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`${scenario.file}, step ${index + 1} ${JSON.stringify(step).slice(0, 200)}: ${why}`);
    }
  }
  const left = await play.left();
  if (left.length > 0) throw new Error(`${scenario.file}: the gateway also sent ${JSON.stringify(left)}`);
}

class GatewayPlay {
  readonly #driver: Driver;
  readonly #bound: Bound = new Map();
  /** Acks and all else have each their order; which of the two comes first is the gateway's choice (§5.1). */
  readonly #early: JsonObject[] = [];
  #made = 0;

  constructor(driver: Driver) {
    this.#driver = driver;
  }

  async step(step: Step): Promise<void> {
    if ("dial" in step) await this.#dial(step.dial);
    else if ("client" in step) await this.#send(step.client);
    else if ("server" in step) await this.#receive(step.server, step.as);
    else if ("others" in step) await this.#driver.ask({ others: this.#filled(step.others) });
    else if ("close" in step) await this.#close(step.close);
    // What the client's user asks and sees, and time that the client lets pass, are not the gateway's business.
  }

  /** What came and was not expected. */
  async left(): Promise<Json[]> {
    const { left } = await this.#driver.ask({ rest: true });
    return [...this.#early, ...(left as Json[])];
  }

  async #dial({ token, offers, refused, bare }: Extract<Step, { dial: unknown }>["dial"]): Promise<void> {
    const answer = await this.#driver.ask({
      dial: { byHeader: token === undefined, offers: offers ?? ["signalbox.v1"] },
    });
    const status = typeof refused === "number" ? refused : 101;
    if (answer.status !== status) throw new Error(`the upgrade was answered ${answer.status} instead of ${status}`);
    if (token !== undefined) {
      await this.#send({ type: "auth_request", id: "$proof", data: { token } });
      const correlationId = "$proof";
      if (refused === "token") {
        await this.#receive({ type: "auth_failure", data: { name: "unauthenticated" }, metadata: { correlationId } });
        await this.#close({ by: "server", code: 3501, reason: "unauthorized" });
      } else await this.#receive({ type: "auth_success", data: { principal: { kind: "user" } } });
      this.#bound.delete("proof");
    }
    if (bare || refused) return;
    await this.#send({ type: "connect", id: "$hello", data: { client: "scenario", ...reads } });
    await this.#receive({
      type: "connect",
      data: { node: "$any", version: "$any", ...reads },
      metadata: { correlationId: "$hello" },
    });
    this.#bound.delete("hello");
  }

  /** With what a client adds by itself. */
  async #send(message: JsonObject): Promise<void> {
    await this.#driver.ask({ send: { text: JSON.stringify(this.#filled(message)) } });
  }

  async #receive(expected: JsonObject, as = "text"): Promise<void> {
    const { message, as: came, close } = await this.#next((type) => (type === "ack") === (expected.type === "ack"));
    if (message === undefined) throw new Error(`the gateway closed: ${JSON.stringify(close)}`);
    // An array in one frame is the gateway's choice; it never makes it.
    if (as !== "array" && as !== came) throw new Error(`it came as ${came}`);
    const fault = difference(expected, message, this.#bound);
    if (fault) throw new Error(`${fault}\nin ${JSON.stringify(message).slice(0, 500)}`);
  }

  async #close({ by, code, reason }: Extract<Step, { close: unknown }>["close"]): Promise<void> {
    if (by !== "server") {
      await this.#driver.ask({ close: { by } });
      return;
    }
    const { message, close } = await this.#next(() => true);
    if (close === undefined) throw new Error(`instead came ${JSON.stringify(message)}`);
    const fault = difference({ code: code ?? 1006, reason: reason ?? "$any" }, close, this.#bound);
    if (fault) throw new Error(fault);
  }

  /** The next of this kind, or the end. */
  async #next(isWanted: (type: Json | undefined) => boolean): Promise<JsonObject> {
    const index = this.#early.findIndex(({ message }) => isWanted((message as JsonObject).type));
    const [early] = index < 0 ? [] : this.#early.splice(index, 1);
    if (early) return early;
    for (;;) {
      const came = await this.#driver.ask({ next: true });
      if (came.message === undefined || isWanted((came.message as JsonObject).type)) return came;
      this.#early.push(came);
    }
  }

  #filled(value: JsonObject): JsonObject {
    return filled(value, this.#bound, (name) => `${name}-${++this.#made}`) as JsonObject;
  }
}
