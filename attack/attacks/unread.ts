/** Subscribers that stop reading while somebody publishes. */
import { clientFrame, opcodes } from "../../bench/load/frames.ts";
import { authenticated } from "../attacker/line.ts";
import { held, paced } from "../attacker/pace.ts";
import type { Attack } from "./attack.ts";

const subscribers = 200;
/** The kernel holds about 3 MB of each connection: after five seconds the gateway has to. */
const eventsPerSecond = 40;
const eventBytes = 16_384;
const channel = "repo:attack/unread";

const textFrame = (message: object): Buffer => clientFrame(opcodes.text, Buffer.from(JSON.stringify(message)));

export const unread: Attack = {
  name: "unread",
  about: `${subscribers} subscribers that read nothing, ${eventsPerSecond} events/s of ${eventBytes} bytes to each`,
  start: (field) => {
    const subscribe = textFrame({ id: "s", type: "subscribe", data: { channel } });
    const event = textFrame({ type: "note", channel, data: { text: "u".repeat(eventBytes) } });
    held(subscribers, () => {
      const line = authenticated(field);
      line.onUpgraded = () => {
        line.write(subscribe);
        line.pause();
        field.tally.sent("subscriptions");
      };
      return line;
    });
    const publishers = held(1, () => authenticated(field));
    paced(eventsPerSecond, () => {
      if (publishers[0]?.upgraded && publishers[0].write(event)) field.tally.sent("events");
    });
  },
};
