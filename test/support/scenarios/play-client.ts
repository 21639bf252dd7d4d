/** Plays the gateway's side of a scenario against a client's driver: every message, cut and moment is the scenario's. */
import { gzipSync } from "node:zlib";
import type { Driver } from "./driver.ts";
import type { Json, JsonObject, Scenario, Step } from "./scenario.ts";
import { type Bound, difference, filled } from "./values.ts";

const unauthenticated = {
  ...{ name: "unauthenticated", number: 115, message: "unknown token", temporary: false, help: "Get a new token." },
};
/** Of text in a binary frame (§3.8). */
const chunkBytes = 65_536;

export async function playClient(driver: Driver, scenario: Scenario): Promise<void> {
  const play = new ClientPlay(driver, scenario);
  await play.begin();
  for (const [index, step] of scenario.steps.entries()) {
    try {
      await play.step(step);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`${scenario.file}, step ${index + 1} ${JSON.stringify(step).slice(0, 200)}: ${why}`);
    }
  }
  play.quiet("at the end");
}

class ClientPlay {
  readonly #driver: Driver;
  readonly #scenario: Scenario;
  readonly #bound: Bound = new Map();
  #dials: JsonObject[] = [];
  #sent: JsonObject[] = [];
  #closes: JsonObject[] = [];
  #saw: JsonObject[] = [];
  #state: JsonObject = {};
  /** The newest link that was let in. */
  #link: Json = 0;
  #made = 0;

  constructor(driver: Driver, scenario: Scenario) {
    this.#driver = driver;
    this.#scenario = scenario;
  }

  async begin(): Promise<void> {
    await this.#tell({ start: { tokens: this.#scenario.tokens?.user ?? [] } });
  }

  async step(step: Step): Promise<void> {
    if ("user" in step) await this.#tell({ user: this.#filled(step.user) });
    else if ("dial" in step) await this.#dial(step.dial);
    else if ("client" in step) this.#expect("the client's next message", this.#sent, step.client);
    else if ("sees" in step) this.#sees(step.sees);
    else if ("close" in step && step.close.by === "client") this.#hungUp();
    else if (!("others" in step)) {
      this.quiet("by now");
      if ("server" in step) await this.#send(step.server, step.as);
      else if ("pass" in step) await this.#tell({ pass: step.pass });
      else await this.#close(step.close);
    }
  }

  /** Everything the client did was expected. */
  quiet(when: string): void {
    const left = { dials: this.#dials, sent: this.#sent, closes: this.#closes, saw: this.#saw };
    for (const [what, found] of Object.entries(left)) {
      if (found.length > 0) throw new Error(`unexpected ${when}: ${what} ${JSON.stringify(found)}`);
    }
  }

  async #dial({ token, refused, bare }: Extract<Step, { dial: unknown }>["dial"]): Promise<void> {
    const dial = this.#dials.shift();
    if (!dial) throw new Error("the client did not connect");
    const fault = difference(["signalbox.v1"], dial.protocols, this.#bound);
    if (fault) throw new Error(`its subprotocols: ${fault}`);
    this.#link = dial.link ?? 0;
    if (typeof refused === "number") {
      await this.#tell({ refuse: { link: this.#link, status: refused } });
      return;
    }
    const early = dial.token;
    if (early !== undefined && early !== token) throw new Error(`its token is ${JSON.stringify(early)}`);
    if (early !== undefined && refused === "token") {
      await this.#tell({ refuse: { link: this.#link, status: 401, body: { error: unauthenticated } } });
      return;
    }
    await this.#tell({ open: { link: this.#link } });
    if (token !== undefined && early === undefined) await this.#prove(token, refused === "token");
    if (bare || refused) return;
    this.#expect("connect", this.#sent, { id: "$hello", type: "connect" });
    const limits = { frameBytes: 1_048_576 };
    const data = { node: "n1", version: "0.1.0", heartbeatMs: 25_000, limits, principal: { kind: "user", id: "u1" } };
    await this.#send({ type: "connect", data, metadata: { correlationId: "$hello" } });
    this.#bound.delete("hello");
  }

  /** A client that brings its token in the first message. */
  async #prove(token: string, refused: boolean): Promise<void> {
    const proof = { type: "auth_request", id: "$proof", data: { token } };
    this.#expect("auth_request", this.#sent, proof);
    const type = refused ? "auth_failure" : "auth_success";
    const data = refused ? unauthenticated : { principal: { kind: "user", id: "u1" } };
    await this.#send({ type, data, metadata: { correlationId: "$proof" } });
    this.#bound.delete("proof");
    if (!refused) return;
    await this.#close({ code: 3501, reason: "unauthorized" });
    // It may have hung up on its own, having read the answer.
    this.#closes = this.#closes.filter(({ link }) => link !== this.#link);
  }

  async #send(message: JsonObject, as?: "chunks" | "gzip" | "array"): Promise<void> {
    const whole: JsonObject = {
      id: `s${++this.#made}`,
      timestamp: 1_767_225_600_000,
      ...(this.#filled(message) as JsonObject),
    };
    const text = JSON.stringify(as === "array" ? [whole] : whole);
    const link = this.#link;
    if (as === "chunks") {
      for (const frame of chunksOf(text)) await this.#tell({ binary: { link, base64: frame.toString("base64") } });
    } else if (as === "gzip") {
      const packed = { ...whole, metadata: { ...(whole.metadata as JsonObject | undefined), compressed: true } };
      const frame = Buffer.concat([Buffer.of(2), gzipSync(JSON.stringify(packed))]);
      await this.#tell({ binary: { link, base64: frame.toString("base64") } });
    } else await this.#tell({ text: { link, text } });
  }

  async #close({ code = 1006, reason = "" }: { code?: number; reason?: string }): Promise<void> {
    await this.#tell({ close: { link: this.#link, code, reason } });
  }

  #hungUp(): void {
    if (this.#closes.shift()?.link !== this.#link) throw new Error("the client did not close the connection");
  }

  #sees(sees: JsonObject): void {
    const { link, watch, status, member, ...view } = sees;
    if (member !== undefined) {
      const members = (this.#state.members ?? {}) as JsonObject;
      this.#compare(
        `the member ${String(member)}`,
        { ...view, ...(status !== undefined && { status }) },
        members[String(member)],
      );
    } else if (link !== undefined) this.#compare("the link's state", link, this.#state.link);
    else if (status !== undefined) {
      const watches = (this.#state.watches ?? {}) as JsonObject;
      this.#compare(`the state of ${String(watch)}`, status, watches[String(watch)]);
    } else this.#expect("what the user sees", this.#saw, sees);
  }

  #expect(what: string, queue: JsonObject[], expected: JsonObject): void {
    const found = queue.shift();
    if (!found) throw new Error(`${what}: nothing`);
    this.#compare(what, expected, found);
  }

  #compare(what: string, expected: Json, actual: Json | undefined): void {
    const fault = difference(expected, actual, this.#bound);
    if (fault) throw new Error(`${what}: ${fault}\nin ${JSON.stringify(actual)?.slice(0, 500)}`);
  }

  #filled(value: JsonObject): Json {
    return filled(value, this.#bound, (name) => this.#scenario.values?.[name] ?? name);
  }

  async #tell(request: JsonObject): Promise<void> {
    const { did, state } = await this.#driver.ask(request);
    this.#state = state as JsonObject;
    for (const deed of did as JsonObject[]) {
      const { dial, sent, closed, saw } = deed as Record<string, JsonObject | undefined>;
      if (dial) this.#dials.push(dial);
      // A frame may hold several messages.
      if (sent) this.#sent.push(...([JSON.parse(String(sent.text))].flat() as JsonObject[]));
      if (closed) this.#closes.push(closed);
      if (saw) this.#saw.push(saw);
    }
  }
}

/** §3.8 */
function chunksOf(text: string): Buffer[] {
  const bytes = Buffer.from(text);
  const frames: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    const flags = (at === 0 ? 1 : 0) | (at + chunkBytes >= bytes.length ? 2 : 0);
    frames.push(Buffer.concat([Buffer.of(3, flags), bytes.subarray(at, at + chunkBytes)]));
  }
  return frames;
}
