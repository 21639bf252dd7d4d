/**
 * What the matrix asks of a WebSocket, for everything that has the interface of browsers: Node's own, npm ws, a page.
 * Knows nothing but spec/protocol.md. One function, since a page gets its text.
 */

export interface Place {
  /** `ws://host:port/v1/ws` */
  url: string;
  token: string;
  /** Of its own for each peer. */
  channel: string;
  /** How the token is brought (§3.2); `header`: whoever opens the socket does. */
  proof: "header" | "subprotocol" | "message";
}

/** By cell: `ok`, or what went wrong. */
export type Outcomes = Record<string, string>;

export async function webSocketCells(
  { url, token, channel, proof }: Place,
  open = (protocols: string[], _token: string): WebSocket => new WebSocket(url, protocols),
): Promise<Outcomes> {
  interface Message {
    id?: string;
    type: string;
    data: Record<string, unknown> & { n?: number; text?: string };
    metadata?: { correlationId?: string; compressed?: boolean };
    epoch?: string;
    offset?: number;
    /** How it came. */
    as: string;
  }
  interface End {
    code: number;
    reason: string;
  }
  const patienceMs = 15_000;

  class Talk {
    readonly socket: WebSocket;
    readonly ended: Promise<End>;
    problem = "";
    #inbox: Message[] = [];
    #over = false;
    #look = (): void => {};
    #pieces: Uint8Array[] = [];
    #order = Promise.resolve();

    constructor(proven?: string) {
      const second = proof === "subprotocol" && proven !== undefined ? [`signalbox.token.${proven}`] : [];
      this.socket = open(["signalbox.v1", ...second], proven ?? "");
      this.socket.binaryType = "arraybuffer";
      this.socket.onerror = (event) => {
        // npm ws says why; browsers must not.
        this.problem = "message" in event ? String(event.message) : "";
      };
      this.socket.onmessage = ({ data }) => {
        this.#order = this.#order.then(() => this.#take(data));
      };
      this.ended = new Promise((resolve) => {
        this.socket.onclose = ({ code, reason }) => {
          this.#over = true;
          this.#look();
          resolve({ code, reason });
        };
      });
    }

    async opened(): Promise<void> {
      const socket = this.socket;
      if (socket.readyState === 0) {
        await new Promise<void>((resolve) => {
          socket.onopen = () => resolve();
          void this.ended.then(() => resolve());
        });
      }
      if (socket.readyState !== 1) throw new Error("it could not be opened");
    }

    send(...messages: object[]): void {
      this.socket.send(JSON.stringify(messages.length === 1 ? messages[0] : messages));
    }

    /** The next message that is like this; those before it are let go. */
    async next(isWanted: (message: Message) => boolean): Promise<Message> {
      const late = new Promise<void>((resolve) => setTimeout(resolve, patienceMs));
      let isLate = false;
      void late.then(() => {
        isLate = true;
      });
      for (;;) {
        for (let message = this.#inbox.shift(); message; message = this.#inbox.shift()) {
          if (isWanted(message)) return message;
          if (message.type === "error") throw new Error(JSON.stringify(message.data));
        }
        if (this.#over) throw new Error("the connection ended");
        if (isLate) throw new Error("nothing came");
        const come = new Promise<void>((resolve) => {
          this.#look = resolve;
        });
        await Promise.race([come, late]);
      }
    }

    async notes(count: number): Promise<Message[]> {
      const found: Message[] = [];
      while (found.length < count) found.push(await this.next(({ type }) => type === "note"));
      return found;
    }

    close(): void {
      this.socket.close();
    }

    async #take(data: string | ArrayBuffer): Promise<void> {
      const text = typeof data === "string" ? data : await this.#unpack(new Uint8Array(data));
      if (text === undefined) return;
      const as = typeof data === "string" ? "text" : `binary ${new Uint8Array(data)[0]}`;
      this.#inbox.push({ ...(JSON.parse(text) as Message), as });
      this.#look();
    }

    /** §3.8, §3.9 */
    async #unpack(frame: Uint8Array<ArrayBuffer>): Promise<string | undefined> {
      if (frame[0] === 2) {
        const stream = new Blob([frame.slice(1)]).stream().pipeThrough(new DecompressionStream("gzip"));
        return new Response(stream).text();
      }
      this.#pieces.push(frame.slice(2));
      if (((frame[1] ?? 0) & 2) === 0) return undefined;
      const whole = await new Blob(this.#pieces.splice(0) as BlobPart[]).text();
      return whole;
    }
  }

  async function welcomed(asks: object = {}): Promise<Talk> {
    const talk = new Talk(token);
    await talk.opened();
    if (proof === "message") talk.send({ type: "auth_request", data: { token } });
    talk.send({ id: "hello", type: "connect", data: { client: "interop", ...asks } });
    const { data } = await talk.next(({ type }) => type === "connect");
    if (data.principal === undefined) throw new Error("it was not said who it is");
    return talk;
  }

  const note = (n: number, more: object = {}): object => ({ id: `n${n}`, type: "note", channel, data: { n, ...more } });
  const isAck = ({ type }: Message): boolean => type === "ack";
  const expect = (what: string, found: unknown, wanted: unknown): void => {
    if (JSON.stringify(found) !== JSON.stringify(wanted)) {
      throw new Error(`${what}: ${JSON.stringify(found)?.slice(0, 200)} instead of ${JSON.stringify(wanted)}`);
    }
  };
  const subscribe = (data: object): object => ({ id: "s", type: "subscribe", data: { channel, ...data } });
  const isSubscribed = ({ type, data }: Message): boolean =>
    type === "subscription_update" && data.state === "subscribed";

  let had: { epoch?: string | undefined; offset?: number | undefined } = {};
  const cells: Record<string, () => Promise<void>> = {
    async connect() {
      const talk = await welcomed();
      expect("the subprotocol", talk.socket.protocol, "signalbox.v1");
      talk.close();
    },
    async refused() {
      if (proof === "header") {
        const talk = new Talk("wrong-token");
        await talk.ended;
        expect("the status", /\b401\b/.exec(talk.problem)?.[0], "401");
        return;
      }
      // A page is not told the status of an upgrade: so it brings its token in a message.
      const talk = new Talk();
      await talk.opened();
      talk.send({ type: "auth_request", data: { token: "wrong-token" } });
      const { data } = await talk.next(({ type }) => type === "auth_failure");
      expect("the refusal", data.name, "unauthenticated");
      expect("the close", await talk.ended, { code: 3501, reason: "unauthorized" });
    },
    async publish() {
      const talk = await welcomed();
      talk.send(note(1));
      expect("the ack", Array.isArray((await talk.next(isAck)).data.results), true);
      talk.send(note(2), note(3));
      const { results } = (await talk.next(isAck)).data as { results: Array<{ offset: number }> };
      expect(
        "offsets",
        results.map(({ offset }) => offset),
        [2, 3],
      );
      talk.close();
    },
    async subscribe() {
      const talk = await welcomed();
      talk.send(subscribe({ since: "earliest" }));
      const notes = await talk.notes(3);
      expect(
        "numbers",
        notes.map(({ data }) => data.n),
        [1, 2, 3],
      );
      had = { epoch: notes[2]?.epoch, offset: notes[2]?.offset };
      talk.close();
    },
    async resume() {
      const talk = await welcomed();
      talk.send({ ...note(4), metadata: { idempotencyKey: `${channel} 4` } });
      await talk.next(isAck);
      talk.send({ ...note(4), id: "again", metadata: { idempotencyKey: `${channel} 4` } }, note(5));
      const { results } = (await talk.next(isAck)).data as { results: Array<{ duplicate: boolean }> };
      expect(
        "duplicates",
        results.map(({ duplicate }) => duplicate),
        [true, false],
      );
      talk.send(subscribe({ since: had }));
      expect("recovered", (await talk.next(isSubscribed)).data.recovered, true);
      expect(
        "numbers",
        (await talk.notes(2)).map(({ data, offset }) => [data.n, offset]),
        [
          [4, 4],
          [5, 5],
        ],
      );
      talk.close();
    },
    async binary() {
      const talk = await welcomed({ chunks: true });
      talk.send(subscribe({}));
      await talk.next(isSubscribed);
      talk.send(note(6, { text: "b".repeat(200_000) }));
      const [message] = await talk.notes(1);
      expect("a publication in binary frames", [message?.as, message?.data.text?.length], ["binary 3", 200_000]);
      talk.close();
    },
    async mebibyte() {
      const talk = await welcomed();
      talk.send(subscribe({}));
      await talk.next(isSubscribed);
      const room = 1_048_576 - JSON.stringify(note(7, { text: "" })).length;
      talk.send(note(7, { text: "m".repeat(room) }));
      const [message] = await talk.notes(1);
      expect("its length", message?.data.text?.length, room);
      talk.close();
    },
    async gzip() {
      const talk = await welcomed({ compression: ["gzip"] });
      talk.send(subscribe({}));
      await talk.next(isSubscribed);
      talk.send(note(8, { text: "z".repeat(20_000) }));
      const [message] = await talk.notes(1);
      const { as, data, metadata } = message ?? { data: {} };
      expect("a compressed one", [as, data.text?.length, metadata?.compressed], ["binary 2", 20_000, true]);
      talk.close();
    },
    async closeCodes() {
      const talk = await welcomed();
      talk.socket.send(new Uint8Array([1, 2, 3]));
      expect("after a binary frame", await talk.ended, { code: 3500, reason: "bad_message" });
      const other = await welcomed();
      other.send({ type: "disconnect" });
      expect("after goodbye", await other.ended, { code: 3505, reason: "goodbye" });
    },
  };
  const outcomes: Outcomes = {};
  for (const [cell, run] of Object.entries(cells)) {
    outcomes[cell] = await run().then(
      () => "ok",
      (error: unknown) => String(error),
    );
  }
  return outcomes;
}
