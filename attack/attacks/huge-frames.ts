/** Frames that say they will be longer than anything there is. */
import { opcodes } from "../../bench/load/frames.ts";
import { promise } from "../attacker/frames.ts";
import { authenticated } from "../attacker/line.ts";
import { paced } from "../attacker/pace.ts";
import type { Attack } from "./attack.ts";

const connectionsPerSecond = 200;
const lengths: readonly bigint[] = [2n ** 63n - 1n, 2n ** 53n, 2n ** 53n - 1n, 2n ** 64n - 1n, 2n ** 32n, 1_048_577n];

export const hugeFrames: Attack = {
  name: "huge-frames",
  about: `${connectionsPerSecond} connections/s, each with the header of a frame of 1 MiB + 1 to 2^64 - 1 bytes`,
  start: (field) => {
    paced(connectionsPerSecond, (index) => {
      const line = authenticated(field);
      line.onUpgraded = () => {
        line.write(promise(opcodes.text, lengths[index % lengths.length] ?? 0n));
        field.tally.sent("headers of frames");
      };
    });
  },
};
