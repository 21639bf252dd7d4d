/** Subscribing and unsubscribing without end, each time to something nobody ever heard of. */
import { randomBytes } from "node:crypto";
import { clientFrame, opcodes } from "../../bench/load/frames.ts";
import { authenticated } from "../attacker/line.ts";
import { held, paced } from "../attacker/pace.ts";
import type { Attack } from "./attack.ts";

const connections = 10;
const pairsPerSecond = 2_000;
/** Every so many-th is a pattern. */
const patternEvery = 4;

export const churn: Attack = {
  name: "churn",
  about: `${connections} connections, ${pairsPerSecond}/s subscribe and unsubscribe to random channels, a fourth of them patterns`,
  start: (field) => {
    const lines = held(connections, () => authenticated(field));
    paced(pairsPerSecond, (index) => {
      const line = lines[index % connections];
      const pattern = Math.floor(index / connections) % patternEvery === 0;
      const channel = `agent:${randomBytes(6).toString("hex")}${pattern ? "*" : ""}`;
      const pair = [
        { id: `s${index}`, type: "subscribe", data: { channel } },
        { id: `u${index}`, type: "unsubscribe", data: { channel } },
      ];
      const frames = pair.map((message) => clientFrame(opcodes.text, Buffer.from(JSON.stringify(message))));
      if (line?.upgraded && line.write(Buffer.concat(frames))) {
        field.tally.sent(pattern ? "pairs with a pattern" : "pairs with a channel");
      }
    });
  },
};
