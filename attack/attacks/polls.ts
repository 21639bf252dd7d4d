/** Long polls that are opened and dropped, and many that are only held. */
import { randomBytes } from "node:crypto";
import { Line, requestText } from "../attacker/line.ts";
import { held, paced } from "../attacker/pace.ts";
import type { Attack } from "./attack.ts";

const pollsPerSecond = 200;
const openMs = 50;
const keptOpen = 500;
const waitMs = 55_000;

function pollOf(channel: string): string {
  return JSON.stringify({ messages: [{ id: "s", type: "subscribe", data: { channel } }], waitMs });
}

export const polls: Attack = {
  name: "polls",
  about: `${pollsPerSecond} long polls/s dropped after ${openMs} ms, ${keptOpen} held: random channels and patterns`,
  start: (field) => {
    paced(pollsPerSecond, (index) => {
      const line = new Line(field);
      const name = randomBytes(6).toString("hex");
      line.write(requestText(field, "POST /v1/poll", pollOf(index % 2 === 0 ? `agent:${name}` : `agent:${name}*`)));
      field.tally.sent("polls dropped");
      setTimeout(() => line.drop(), openMs);
    });
    held(keptOpen, () => {
      const line = new Line(field);
      const path = `/v1/channels/agent:${randomBytes(6).toString("hex")}/events?since=now&wait=55`;
      line.write(requestText(field, `GET ${path}`, undefined));
      field.tally.sent("polls held");
      return line;
    });
  },
};
