/**
 * One connection to one server, until it is lost: for commands, or as a subscriber. It is never mended. A reply that is overdue
 * ends it, so that no reply is ever taken for another's.
 */
import { StoreAway } from "@signalbox/core";
import { createClient, ErrorReply } from "redis";
import { type Address, addressText, mostPending, type RedisTls, times } from "./options.ts";

export interface LinkOptions {
  username?: string;
  password?: string;
  secure: boolean;
  tls?: RedisTls;
  /** Milliseconds until a reply is overdue; default `times.command`. */
  answerMs?: number;
}

export type Words = Array<string | Buffer>;

export type PubSubKind = "plain" | "sharded";

/** A message, and where it was heard. */
export type Hear = (message: Buffer, channel: string) => void;

type Listener = (message: Buffer, channel: Buffer) => void;

/** A link looks at itself so often until a reply is overdue. */
const ticksToReply = 10;

const open = (address: Address, { username, password, secure, tls = {} }: LinkOptions) =>
  createClient({
    RESP: 3,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    socket: {
      host: address.host,
      port: address.port,
      connectTimeout: times.connect,
      reconnectStrategy: false,
      ...(secure
        ? {
            tls: true as const,
            ...(tls.ca === undefined ? {} : { ca: tls.ca }),
            ...(tls.cert === undefined ? {} : { cert: tls.cert }),
            ...(tls.key === undefined ? {} : { key: tls.key }),
            ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
          }
        : {}),
    },
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: "disabled",
    // A timer for each command costs more than the command; see #tick.
    commandOptions: { timeout: 0 },
  });

export class Link {
  readonly address: Address;
  /** Called once, not after `close`. */
  onLost: (why: string) => void = () => {};
  /** The server ended a sharded subscription by itself: the slot is elsewhere. */
  onMoved: (channel: string) => void = () => {};
  readonly #client: ReturnType<typeof open>;
  readonly #timer: NodeJS.Timeout;
  readonly #answerMs: number;
  readonly #ticksToPing: number;
  /** Commands given to it, and how many of them came to an end. */
  #sent = 0;
  #ended = 0;
  /** `#sent` as it was at each of the last ticks. */
  readonly #marks: number[] = [];
  /** Ticks since the last command. */
  #idle = 0;
  /** A message came since the last tick; and the tick of the last one. */
  #heard = false;
  #silent = 0;
  #isOpen = true;
  #why = "";
  #hear: Hear | undefined;
  #listening: Listener | undefined;

  private constructor(address: Address, client: ReturnType<typeof open>, answerMs: number) {
    this.address = address;
    this.#client = client;
    this.#answerMs = answerMs;
    const tickMs = answerMs / ticksToReply;
    this.#ticksToPing = times.idle / tickMs;
    client.on("error", (error: Error) => this.#lose(error.message));
    client.on("end", () => this.#lose("closed"));
    client.on("sharded-channel-moved", (channel: string) => this.onMoved(channel));
    this.#timer = setInterval(() => this.#tick(), tickMs).unref();
  }

  /** Rejects with what a person can read: refused, no such user, no TLS. */
  static async open(address: Address, options: LinkOptions): Promise<Link> {
    const client = open(address, options);
    let why = "";
    // Never taken off again: the client's object would part from the one that tells its errors.
    client.on("error", (error: Error) => {
      why ||= error.message;
    });
    // Covers a server that accepts and says nothing: its own limit ends with the connection.
    const overdue = setTimeout(() => {
      why = `no greeting within ${times.connect} ms`;
      if (client.isOpen) client.destroy();
    }, times.connect);
    try {
      await client.connect();
    } catch (error) {
      throw new StoreAway(`${addressText(address)}: ${why || (error as Error).message}`);
    } finally {
      clearTimeout(overdue);
    }
    return new Link(address, client, options.answerMs ?? times.command);
  }

  /** Error replies reject as they are (`ErrorReply`), everything else with StoreAway: it may or may not have been done. */
  send(words: Words): Promise<unknown> {
    if (!this.#isOpen) return Promise.reject(new StoreAway("the link is down"));
    if (this.#sent - this.#ended >= mostPending) return Promise.reject(new StoreAway("too many commands wait"));
    return this.#counted(this.#client.sendCommand(words));
  }

  /** Resolves when the server has confirmed all of them; what comes before that may or may not be heard. */
  async subscribe(kind: PubSubKind, channels: string[], hear: Hear): Promise<void> {
    if (!this.#isOpen) throw new StoreAway("the link is down");
    const listener = this.#listener(hear);
    await this.#counted(
      kind === "plain"
        ? this.#client.subscribe(channels, listener, true)
        : this.#client.sSubscribe(channels, listener, true),
    );
  }

  async unsubscribe(kind: PubSubKind, channels: string[]): Promise<void> {
    // Without the function the client takes a channel that is followed again at once for one that still is.
    const listener = this.#listening;
    if (!this.#isOpen || listener === undefined) return;
    await this.#counted(
      kind === "plain"
        ? this.#client.unsubscribe(channels, listener, true)
        : this.#client.sUnsubscribe(channels, listener, true),
    );
  }

  close(): void {
    this.onLost = () => {};
    this.#lose("closed by this node");
  }

  /** One function for all channels: the client compares them. */
  #listener(hear: Hear): Listener {
    this.#hear = hear;
    this.#listening ??= (message, channel) => {
      this.#heard = true;
      this.#hear?.(message, channel.toString());
    };
    return this.#listening;
  }

  #counted<Result>(reply: Promise<Result>): Promise<Result> {
    this.#sent++;
    this.#idle = 0;
    return reply.then(
      (value) => {
        this.#ended++;
        return value;
      },
      (error: Error) => {
        this.#ended++;
        if (error instanceof ErrorReply) throw error;
        throw new StoreAway(`${addressText(this.address)}: ${this.#why || error.message}`);
      },
    );
  }

  /**
   * Time is counted in ticks: a process that stood still makes up for none of them, and first reads the replies that wait for it.
   * A subscriber that hears something lives, however late its replies are.
   */
  #tick(): void {
    this.#silent = this.#heard ? 0 : this.#silent + 1;
    this.#heard = false;
    this.#marks.push(this.#sent);
    if (this.#marks.length > ticksToReply) {
      const given = this.#marks.shift() ?? 0;
      if (this.#ended < given && this.#silent >= ticksToReply) {
        this.#lose(`no reply for ${this.#answerMs} ms`);
        return;
      }
    }
    if (++this.#idle >= this.#ticksToPing && this.#sent === this.#ended) {
      // Its failure is the link's, which is told apart.
      this.send(["PING"]).catch(() => {});
    }
  }

  #lose(why: string): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#why = why;
    clearInterval(this.#timer);
    if (this.#client.isOpen) this.#client.destroy();
    this.onLost(why);
  }
}
