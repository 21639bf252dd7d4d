/** Connections that come, and are gone before they are of any use. */
import { randomBytes } from "node:crypto";
import { bearer, Line } from "../attacker/line.ts";
import { paced } from "../attacker/pace.ts";
import type { Attack } from "./attack.ts";

const connectionsPerSecond = 500;
/** Those that were not ended by then are reset. */
const patienceMs = 1_000;

export const storm: Attack = {
  name: "storm",
  about: `${connectionsPerSecond} connections/s, a fourth each: reset at once, reset in the upgrade, reset when upgraded, wrong token`,
  start: (field) => {
    paced(connectionsPerSecond, (index) => {
      const line = new Line(field);
      const good = bearer(field.token);
      switch (index % 4) {
        case 0:
          field.tally.sent("nothing, then reset");
          setTimeout(() => line.drop(), 5);
          return;
        case 1:
          field.tally.sent("upgrades, then reset");
          line.upgrade(good);
          setTimeout(() => line.drop(), 5);
          return;
        case 2:
          field.tally.sent("WebSockets, then reset");
          line.onUpgraded = () => line.drop();
          line.upgrade(good);
          break;
        default:
          field.tally.sent("wrong tokens");
          line.upgrade(bearer(randomBytes(24).toString("base64url")));
      }
      const overdue = setTimeout(() => line.drop(), patienceMs);
      void line.ended.then(() => clearTimeout(overdue));
    });
  },
};
