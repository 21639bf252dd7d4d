/** Pings as fast as they are taken, whose pongs nobody reads. */
import { clientFrame, opcodes } from "../../bench/load/frames.ts";
import { authenticated } from "../attacker/line.ts";
import { held, paced } from "../attacker/pace.ts";
import type { Attack } from "./attack.ts";

const connections = 10;
const pingsPerSecond = 100_000;
const perWrite = 100;
/** As much as a control frame may hold. */
const payloadBytes = 125;

export const pings: Attack = {
  name: "pings",
  about: `${connections} connections, ${pingsPerSecond} pings/s of ${payloadBytes} bytes, pongs not read`,
  start: (field) => {
    const ping = clientFrame(opcodes.ping, Buffer.alloc(payloadBytes, "p"));
    const many = Buffer.concat(Array.from({ length: perWrite }, () => ping));
    const lines = held(connections, () => {
      const line = authenticated(field);
      line.onUpgraded = () => line.pause();
      return line;
    });
    paced(pingsPerSecond / perWrite, (index) => {
      const line = lines[index % connections];
      if (line?.upgraded && line.write(many)) field.tally.sent("pings", perWrite);
    });
  },
};
