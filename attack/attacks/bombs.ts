/** Little that would unfold to much: deflated WebSocket frames, and bodies compressed once or a hundred times. */
import { deflateRawSync, gzipSync } from "node:zlib";
import { opcodes } from "../../bench/load/frames.ts";
import { oddFrame } from "../attacker/frames.ts";
import { authenticated, Line, requestText } from "../attacker/line.ts";
import { paced } from "../attacker/pace.ts";
import type { Attack } from "./attack.ts";

const eachPerSecond = 50;
const unfoldedBytes = 32 * 1_048_576;
/** Stays below what the 16-bit length of a frame can say. */
const frameBytes = 60_000;
const layers = 100;

export const bombs: Attack = {
  name: "bombs",
  about: `${eachPerSecond}/s each: WebSockets with permessage-deflate and RSV1 frames, gzip bodies of ${unfoldedBytes / 1_048_576} MiB unfolded, ${layers} encodings named`,
  start: (field) => {
    const zeros = Buffer.alloc(unfoldedBytes);
    const bomb = oddFrame(opcodes.text, deflateRawSync(zeros).subarray(0, frameBytes), { deflated: true });
    const gzipped = gzipSync(zeros);
    const encodings = { once: "gzip", nested: Array.from({ length: layers }, () => "gzip").join(", ") };
    const posts = Object.entries(encodings).map(([name, encoding]) => {
      const sized = { "content-type": "application/json", "content-length": String(gzipped.length) };
      const head = requestText(field, "POST /v1/events", undefined, { ...sized, "content-encoding": encoding });
      return { name: `gzip bodies, ${name}`, bytes: Buffer.concat([Buffer.from(head), gzipped]) };
    });
    paced(eachPerSecond, (index) => {
      const offers = ["permessage-deflate", "permessage-deflate; server_max_window_bits=0; client_max_window_bits=99"];
      const line = authenticated(field, { "sec-websocket-extensions": offers[index % offers.length] ?? "" });
      line.onUpgraded = () => {
        line.write(bomb);
        field.tally.sent("deflated frames");
      };
      for (const { name, bytes } of posts) {
        new Line(field).write(bytes);
        field.tally.sent(name);
      }
    });
  },
};
