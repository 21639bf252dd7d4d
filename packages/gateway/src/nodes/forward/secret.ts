/** The secret by which nodes know each other: a document of the store, made by the first of them. */
import { randomBytes } from "node:crypto";
import type { Broker } from "@signalbox/core";
import type { Log } from "../../log.ts";

export const secretDocument = "node-secret";
const secretBytes = 32;
/** Where it turns out not to be the right one it is read again, but not oftener. */
const againMs = 1_000;

export class NodeSecret {
  readonly #broker: Pick<Broker, "document" | "setDocument">;
  readonly #log: Log;
  #secret: Buffer | undefined;
  #readMs = Number.NEGATIVE_INFINITY;

  constructor(broker: Pick<Broker, "document" | "setDocument">, log: Log) {
    this.#broker = broker;
    this.#log = log;
  }

  /** `undefined`: the store could not say yet. */
  get now(): Buffer | undefined {
    if (this.#secret === undefined) this.renew();
    return this.#secret;
  }

  /** It may be another one by now. */
  renew(): void {
    if (performance.now() - this.#readMs >= againMs) void this.read();
  }

  async read(): Promise<void> {
    this.#readMs = performance.now();
    try {
      const kept = await this.#broker.document(secretDocument);
      if (kept !== undefined) this.#secret = Buffer.from(kept.text, "base64url");
      else {
        const text = randomBytes(secretBytes).toString("base64url");
        // Another node was quicker: its secret is the one.
        const isOurs = await this.#broker.setDocument(secretDocument, 0, text);
        const all = isOurs ? text : (await this.#broker.document(secretDocument))?.text;
        this.#secret = all === undefined ? undefined : Buffer.from(all, "base64url");
      }
    } catch (error) {
      this.#log.debug({ err: error }, "the secret of the nodes could not be read");
    }
  }
}
