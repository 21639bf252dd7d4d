/** Messages that are wrong in every way a message can be, as fast as answers come. */
import { clientFrame, opcodes } from "../../bench/load/frames.ts";
import { authenticated } from "../attacker/line.ts";
import { held, paced } from "../attacker/pace.ts";
import type { Attack } from "./attack.ts";

const connections = 20;
const messagesPerSecond = 5_000;
/** A good one in between keeps the connection from being closed for too many in a row. */
const goodEvery = 40;

const wrong: readonly string[] = [
  "1",
  "[]",
  "[[]]",
  "{}",
  '{"type":7}',
  '{"type":"note"}',
  '{"type":"note","channel":"nowhere:x","data":{}}',
  '{"type":"note","channel":"repo:\\u0000","data":{}}',
  '{"type":"agent_status","channel":"agent:a","data":{"status":{}}}',
  '{"type":"subscribe","data":{"channel":"agent:a","since":{"epoch":"x","offset":-1}}}',
  '{"type":"subscribe","data":{"channel":"**"}}',
  '{"type":"unsubscribe","data":{"channel":"agent:never"}}',
  '{"type":"note","channel":"repo:a","metadata":{"producer":{"id":"p","epoch":1.5,"seq":0}}}',
  '{"type":"__proto__","__proto__":{"constructor":{"prototype":1}},"id":"constructor"}',
  '{"type":"auth_request","data":{"token":{}}}',
];
const good = '{"type":"ping"}';
/** Not JSON, not text: the gateway closes. */
const fatal: readonly Buffer[] = [
  clientFrame(opcodes.text, Buffer.from("{")),
  clientFrame(opcodes.text, Buffer.from([0xff, 0xfe])),
  clientFrame(opcodes.binary, Buffer.from([1, 2, 3])),
  clientFrame(11, Buffer.alloc(0)),
];
const fatalEvery = 1_000;

export const invalid: Attack = {
  name: "invalid",
  about: `${connections} connections, ${messagesPerSecond} messages/s that are wrong in ${wrong.length + fatal.length} ways`,
  start: (field) => {
    const frames = wrong.map((text) => clientFrame(opcodes.text, Buffer.from(text)));
    const goodFrame = clientFrame(opcodes.text, Buffer.from(good));
    const lines = held(connections, () => authenticated(field));
    paced(messagesPerSecond, (index) => {
      const round = Math.floor(index / connections);
      const line = lines[index % connections];
      if (line?.upgraded !== true) return;
      if (index % fatalEvery === 0) {
        const frame = fatal[(index / fatalEvery) % fatal.length];
        if (frame !== undefined && line.write(frame)) field.tally.sent("not JSON");
        return;
      }
      const frame = round % goodEvery === 0 ? goodFrame : frames[round % frames.length];
      if (frame !== undefined && line.write(frame)) field.tally.sent("messages");
    });
  },
};
