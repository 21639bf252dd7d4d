/** Pings as fast as they are taken, whose pongs nobody reads. */
import { clientFrame, opcodes } from "../../bench/load/frames.ts";
import type { Field } from "../attacker/field.ts";
import { authenticated } from "../attacker/line.ts";
import { held, paced } from "../attacker/pace.ts";
import type { Attack } from "./attack.ts";

/** Many at once on some, a steady stream on others: the one fills what waits for an answer, the other the answers. */
const bursts = { connections: 10, perSecond: 900, pings: 100 };
const streams = { connections: 20, perSecond: 1_000, pings: 10 };
/** As much as a control frame may hold. */
const payloadBytes = 125;

const ping = clientFrame(opcodes.ping, Buffer.alloc(payloadBytes, "p"));

function flood(field: Field, { connections, perSecond, pings: perWrite }: typeof bursts): void {
  const many = Buffer.concat(Array.from({ length: perWrite }, () => ping));
  const lines = held(connections, () => {
    const line = authenticated(field);
    line.onUpgraded = () => line.pause();
    return line;
  });
  paced(perSecond, (index) => {
    const line = lines[index % connections];
    if (line?.upgraded && line.write(many)) field.tally.sent(`pings, ${perWrite} at once`, perWrite);
  });
}

export const pings: Attack = {
  name: "pings",
  about: `${bursts.perSecond * bursts.pings + streams.perSecond * streams.pings} pings/s of ${payloadBytes} bytes on ${bursts.connections + streams.connections} connections, ${bursts.pings} or ${streams.pings} at once, pongs not read`,
  start: (field) => {
    flood(field, bursts);
    flood(field, streams);
  },
};
