/**
 * Plays the client's side of scenarios (spec/scenarios): the real client over a WebSocket that the runner holds in its
 * hand and a clock that stands until it says so. A line of JSON in, a line of JSON back: what the client did by then.
 */
import { createInterface } from "node:readline";
import type { Draft } from "@signalbox/protocol";
import { createClient } from "../../src/client.ts";
import { GatewayError } from "../../src/errors.ts";
import { gzip } from "../../src/gzip.ts";
import { type Presence, type PresenceOptions, presence } from "../../src/presence.ts";
import { websocketTransport } from "../../src/transports/websocket.ts";
import type { Client, Watch, WatchOptions } from "../../src/types.ts";
import { type FakeClock, fakeClock } from "./fake-clock.ts";

type Fields = Record<string, unknown>;

/** In the order of happening. */
let did: Fields[] = [];
const sockets = new Map<number, HeldSocket>();
let clock: FakeClock = fakeClock();
let client: Client | undefined;
let watches = new Map<string, Watch>();
let members = new Map<string, Presence>();

/** What the client takes for a WebSocket. */
class HeldSocket {
  readonly link = sockets.size + 1;
  readyState = 0;
  binaryType = "blob";
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;

  constructor(_url: string, protocols: string | string[]) {
    sockets.set(this.link, this);
    did.push({ dial: { link: this.link, protocols: [protocols].flat() } });
  }

  send(text: string): void {
    did.push({ sent: { link: this.link, text } });
  }

  close(code = 1005): void {
    if (this.readyState > 1) return;
    this.readyState = 3;
    did.push({ closed: { link: this.link, code } });
  }

  open(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  end(code: number, reason: string): void {
    this.readyState = 3;
    this.onclose?.({ code, reason });
  }
}

/** What a client of an earlier scenario still says is nobody's business. */
let begun = 0;
const sights =
  (mine = begun) =>
  (sight: Fields): void => {
    if (mine === begun) did.push({ saw: sight });
  };

function start(tokens: string[]): void {
  begun++;
  client?.close();
  did = [];
  sockets.clear();
  clock = fakeClock();
  watches = new Map();
  members = new Map();
  const left = [...tokens];
  const token = (): string => (left.length > 1 ? left.shift() : left[0]) ?? "";
  client = createClient(
    { url: "http://gateway.test", ...(tokens.length > 0 && { token }) },
    {
      clock,
      random: () => 0.5,
      unique: () => "c",
      onWake: () => () => {},
      transports: [websocketTransport(HeldSocket as unknown as typeof WebSocket, gzip)],
    },
  );
}

interface Wish extends WatchOptions, PresenceOptions {
  do: string;
  /** What comes of it is told by this name. */
  as?: string;
  channel?: string;
  event?: Draft;
}

function user({ do: deed, as = "", channel = "", event = { type: "note" }, ...options }: Wish): void {
  if (!client) throw new Error("not started");
  const saw = sights();
  if (deed === "watch") {
    watches.set(as, client.watch(channel, { ...options, ...listening(as) }));
  } else if (deed === "stop") watches.get(as)?.stop();
  else if (deed === "publish") {
    client.publish(event).then(
      ({ offset, duplicate }) => saw({ publish: as, kept: { offset, duplicate } }),
      (error) =>
        saw({ publish: as, refused: error instanceof GatewayError ? { ...error, name: error.name } : `${error}` }),
    );
  } else if (deed === "join") {
    members.set(as, presence(client, channel, options));
  } else if (deed === "leave") members.get(as)?.leave();
  else if (deed === "connect") client.connect();
  else if (deed === "wake") client.wake();
  else if (deed === "close") client.close();
  else throw new Error(`no such deed: ${deed}`);
}

const listening = (watch: string, saw = sights()): WatchOptions => ({
  onEvent: (event) => saw({ watch, event }),
  onSnapshot: (channel, snapshot) => saw({ watch, channel, snapshot }),
  onGap: (channel, gap) => saw({ watch, channel, gap }),
  onError: (error) => saw({ watch, error }),
});

interface Request {
  start?: { tokens: string[] };
  user?: Wish;
  open?: { link: number };
  refuse?: { link: number };
  text?: { link: number; text: string };
  binary?: { link: number; base64: string };
  close?: { link: number; code: number; reason: string };
  pass?: number;
}

async function carryOut({ start: begin, user: asked, open, refuse, text, binary, close, pass = 0 }: Request) {
  if (begin) start(begin.tokens);
  if (asked) user(asked);
  if (open) sockets.get(open.link)?.open();
  // A page is not told why it was not let in.
  if (refuse) sockets.get(refuse.link)?.end(1006, "");
  if (text) sockets.get(text.link)?.onmessage?.({ data: text.text });
  if (binary) {
    const data = new Uint8Array(Buffer.from(binary.base64, "base64")).buffer;
    sockets.get(binary.link)?.onmessage?.({ data });
  }
  if (close) sockets.get(close.link)?.end(close.code, close.reason);
  // In small steps: what a timer begins may need a turn before the next one.
  for (let left = pass; left > 0; left -= stepMs) {
    clock.pass(Math.min(stepMs, left));
    await turn();
  }
  for (let turns = 0; turns < 3; turns++) await turn();
}

const stepMs = 250;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function state(): Fields {
  const shown: Fields = {};
  for (const [name, watch] of watches) shown[name] = watch.state().status;
  const present: Fields = {};
  for (const [name, member] of members) {
    const { status, members: all } = member.snapshot();
    present[name] = { status, members: all };
  }
  return { link: client?.link.snapshot(), watches: shown, members: present };
}

for await (const line of createInterface({ input: process.stdin })) {
  let answer: Fields;
  try {
    await carryOut(JSON.parse(line) as Request);
    answer = { did, state: state() };
    did = [];
  } catch (error) {
    answer = { failed: error instanceof Error ? `${error.stack}` : String(error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
