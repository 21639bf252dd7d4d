/** Messages in parts of one byte and of none: some end the connection, some wait forever just below the limit. */
import { opcodes } from "../../bench/load/frames.ts";
import { continuation, oddFrame } from "../attacker/frames.ts";
import { authenticated } from "../attacker/line.ts";
import { held, paced } from "../attacker/pace.ts";
import type { Attack } from "./attack.ts";

const connections = 200;
const framesPerSecond = 20_000;
const waiting = 200;
const belowLimit = 100;

const first = oddFrame(opcodes.text, Buffer.from("{"), { final: false });
const oneByte = oddFrame(continuation, Buffer.from(" "), { final: false });
const empty = oddFrame(continuation, Buffer.alloc(0), { final: false });

export const fragments: Attack = {
  name: "fragments",
  about: `${connections} connections, ${framesPerSecond} fragments/s of 0 and 1 byte; ${waiting} messages of ${belowLimit} fragments left unfinished`,
  start: (field) => {
    const lines = held(connections, () => {
      const line = authenticated(field);
      line.onUpgraded = () => line.write(first);
      return line;
    });
    paced(framesPerSecond, (index) => {
      const place = index % connections;
      const line = lines[place];
      const bytes = place % 2 === 0 ? 1 : 0;
      if (line?.upgraded && line.write(bytes === 1 ? oneByte : empty)) field.tally.sent(`fragments of ${bytes} byte`);
    });
    held(waiting, () => {
      const line = authenticated(field);
      line.onUpgraded = () => {
        line.write(Buffer.concat([first, ...Array.from({ length: belowLimit - 1 }, () => oneByte)]));
        field.tally.sent("unfinished messages");
      };
      return line;
    });
  },
};
