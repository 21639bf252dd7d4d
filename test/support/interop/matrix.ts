/** Who is tried with what, which holes there are and why, and the page that says so: docs/reference/interop.md. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

export const root = resolve(import.meta.dirname, "../../..");

/** The columns: their heads, and what each ✓ says. */
const cells = {
  connect: ["connect", "it connects with a good token and is told who it is, or that it is there"],
  refused: [
    "authentication refused",
    "a wrong token is refused in a way that the peer can tell from an absent gateway",
  ],
  publish: ["publish", "three events, some in one frame or request, are acknowledged with their offsets"],
  subscribe: ["subscribe", "from the earliest event on all come, in order"],
  resume: [
    "resume",
    "after a break it names the position it had, and gets what came since: nothing lost, nothing twice",
  ],
  binary: ["binary", "a publication of 200,000 letters comes in binary frames (§3.8) and is whole"],
  mebibyte: [
    "1 MiB",
    "a message of 1,048,576 bytes, the largest there may be, comes whole; it is its own where it publishes",
  ],
  gzip: ["gzip", "a large publication (§3.9) or answer comes compressed and is what it was"],
  closeCodes: ["close codes", "it sees number and name of why the gateway ended the connection (§3.7)"],
} as const;

export type Cell = keyof typeof cells;
export const cellNames = Object.keys(cells) as Cell[];

const oneWay = "Server-Sent Events only come. Publish with `POST /v1/events`.";
const textOnly = "Over HTTP everything is text: what comes in binary frames over a WebSocket comes whole.";
const plainStreams =
  "The gateway compresses answers but no streams: each event would have to be flushed by itself, which saves little, and what is between might hold it back. Pages of the history are compressed.";
const noCodes =
  "Over HTTP there are no close codes: a stream says `event: disconnect` or `event: error` before it ends, a refusal is a status with a row of [codes](codes.md).";
const roomsOnly =
  "Clients written for Socket.IO watch: the surface has no event for publishing. Publish with `POST /v1/events`.";
const objects = "The surface sends objects and no binary: browser frames and chunks are for clients of `/v1/ws`.";
const uncompressed =
  "The surface negotiates no compression (spec/surfaces.md S§4.1): Socket.IO would compress anew for each client.";

export interface Peer {
  readonly title: string;
  /** A program that need not be there: without it the row stays as it was recorded. */
  readonly program?: string;
  /** What cannot be, and why. */
  readonly holes: Partial<Record<Cell, string>>;
}

const socketIo = { publish: roomsOnly, binary: objects, gzip: uncompressed };

const npm = (name: string): string => {
  const { devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    devDependencies: Record<string, string>;
  };
  return (devDependencies[name] ?? "").replace(/^npm:.*@/, "");
};
const pypi = (name: string): string =>
  new RegExp(`^${name}==(.+)$`, "m").exec(readFileSync(join(root, "scripts/requirements.txt"), "utf8"))?.[1] ?? "";

export const peers = {
  ws: { title: `npm ws ${npm("ws")}`, holes: {} },
  undici: { title: "Node's WebSocket (undici)", holes: {} },
  chromium: { title: "Chromium's WebSocket", holes: {} },
  websockets: { title: `Python websockets ${pypi("websockets")}`, holes: {} },
  aiohttp: { title: `Python aiohttp ${pypi("aiohttp")}`, holes: {} },
  jdk: { title: "JDK's WebSocket", program: "java", holes: {} },
  eventsource: {
    title: `npm eventsource ${npm("eventsource")}`,
    holes: { publish: oneWay, binary: textOnly, gzip: plainStreams, closeCodes: noCodes },
  },
  curl: { title: "curl", holes: { binary: textOnly, closeCodes: noCodes } },
  socketio4: { title: `socket.io-client ${npm("socket.io-client")}`, holes: socketIo },
  socketio2: { title: `socket.io-client ${npm("socket.io-client-2")}`, holes: socketIo },
  pythonSocketio: { title: `python-socketio ${pypi("python-socketio")}`, holes: socketIo },
} as const satisfies Record<string, Peer>;

export type PeerName = keyof typeof peers;
export const peerNames = Object.keys(peers) as PeerName[];
export const peer = (name: PeerName): Peer => peers[name];

export const page = join(root, "docs/reference/interop.md");

/** The row of each peer that was tried; of others as the page has it. */
export function render(tried: ReadonlySet<PeerName>, recorded: string): string {
  const reasons: string[] = [];
  const numberOf = (why: string): number => {
    if (!reasons.includes(why)) reasons.push(why);
    return reasons.indexOf(why) + 1;
  };
  const rows = peerNames.map((name) => {
    const { title, holes } = peer(name);
    const shown = cellNames.map((cell) => {
      const why = holes[cell];
      return why === undefined ? "✓" : `– ${numberOf(why)}`;
    });
    const row = `| ${[title, ...shown].join(" | ")} |`;
    const kept = recorded.split("\n").find((line) => line.startsWith(`| ${title} |`));
    return tried.has(name) ? row : (kept ?? row.replaceAll("✓", "not tried"));
  });
  const heads = cellNames.map((cell) => cells[cell][0]);
  return [
    "# Interop matrix",
    "",
    "What other people's programs can do with a gateway, each written from [spec/protocol.md](../../spec/protocol.md), [spec/surfaces.md](../../spec/surfaces.md) or its ecosystem's habits alone. Every ✓ was done",
    "against a real gateway by `test/interop.test.ts`, which makes this page and fails when it is not so. A number names the reason of a hole.",
    "",
    `| ${["peer", ...heads].join(" | ")} |`,
    `|${"---|".repeat(heads.length + 1)}`,
    ...rows,
    "",
    "## Holes",
    "",
    ...reasons.map((why, index) => `${index + 1}. ${why}`),
    "",
    "## What a ✓ says",
    "",
    ...cellNames.map((cell) => `- **${cells[cell][0]}**: ${cells[cell][1]}.`),
    "",
    "Programs, to begin from: `web-socket.ts` (Node, npm ws, browsers), `websocket_peer.py`, `WebSocketPeer.java`, `http-peers.ts` (eventsource, curl); `socketio-peer.mjs` and `socketio_peer.py` (Socket.IO); all in [test/support/interop](../../test/support/interop).",
    "",
  ].join("\n");
}
