/** Ids of messages: 127 random bits each, as 22 characters. A UUID's text is put together from 36 pieces. */
import { randomFillSync } from "node:crypto";

const idBytes = 16;
/** Made at once: chance is cheap by the page, and dear by the piece. */
const idsMade = 256;

export class Ids {
  readonly #chance = Buffer.allocUnsafeSlow(idsMade * idBytes);
  #used = this.#chance.length;

  next(): string {
    if (this.#used === this.#chance.length) {
      randomFillSync(this.#chance);
      this.#used = 0;
    }
    const from = this.#used;
    this.#used += idBytes;
    // The first character is a letter: an event's id may become a checkpoint's, and a command line takes `-…` for an option.
    this.#chance.writeUInt8(this.#chance.readUInt8(from) & 0x7f, from);
    return this.#chance.toString("base64url", from, this.#used);
  }
}
