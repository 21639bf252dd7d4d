/** Messages as they come, and waiting for them. */
import type { Message } from "@signalbox/protocol";

export class Inbox {
  readonly all: Message[] = [];
  #read = 0;
  #wake: Array<() => void> = [];
  #ended = false;

  take(message: Message): void {
    this.all.push(message);
    this.#wakeAll();
  }

  end(): void {
    this.#ended = true;
    this.#wakeAll();
  }

  /** The next message that was not read yet. */
  async next(): Promise<Message> {
    for (;;) {
      const message = this.all[this.#read];
      if (message !== undefined) {
        this.#read++;
        return message;
      }
      if (this.#ended) throw new Error("the connection ended");
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  /** Reads on to the first message that fits. */
  async until(fits: (message: Message) => boolean): Promise<Message> {
    for (;;) {
      const message = await this.next();
      if (fits(message)) return message;
    }
  }

  /** The next message of a type. */
  type(type: string): Promise<Message> {
    return this.until((message) => message.type === type);
  }

  /** Reads on until so many publications came, and gives them. */
  async publications(count: number): Promise<Message[]> {
    const found: Message[] = [];
    while (found.length < count) found.push(await this.until((message) => message.offset !== undefined));
    return found;
  }

  #wakeAll(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}
