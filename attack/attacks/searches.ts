/** Searches that match nearly everything and nearly nothing, over events published for that. */
import { Line, requestText } from "../attacker/line.ts";
import { held, paced } from "../attacker/pace.ts";
import type { Attack } from "./attack.ts";

const connections = 10;
const searchesPerSecond = 50;
const events = 5_000;
const perRequest = 500;
const batchesPerSecond = 20;
const wordsOf = "abcdefghijklmnopqrstuvwxyz".split("");

const event = (number: number): object => {
  const words = wordsOf.map((letter, place) => `${letter}${(number * (place + 7)) % 1_000}`).join(" ");
  return { type: "note", channel: `repo:attack/search-${number % 50}`, data: { text: words } };
};

const queries: readonly string[] = [
  "a1*",
  wordsOf.map((letter) => `${letter}1*`).join(" "),
  Array.from({ length: 120 }, (_, n) => `${wordsOf[n % 26]}${n % 10}*`).join(" "),
  `"${wordsOf.map((letter) => `${letter}1`).join(" ")}"`,
  `(${"a1* ".repeat(100)})`,
  "a1* OR b* NEAR c* NOT d*",
  '"'.repeat(499),
  `${"(a+)+$".repeat(80)}`,
];

export const searches: Attack = {
  name: "searches",
  about: `${searchesPerSecond} searches/s for up to 120 prefixes, phrases and operators, among ${events} events that it publishes`,
  start: (field) => {
    const publisher = new Line(field);
    paced(batchesPerSecond, (index) => {
      const from = index * perRequest;
      if (from >= events) return;
      const batch = Array.from({ length: perRequest }, (_, place) => event(from + place));
      publisher.write(requestText(field, "POST /v1/events", JSON.stringify(batch)));
      field.tally.sent("events", perRequest);
    });
    const lines = held(connections, () => new Line(field));
    paced(searchesPerSecond, (index) => {
      const q = encodeURIComponent(queries[index % queries.length] ?? "");
      const limit = index % 2 === 0 ? 1_000 : 1;
      if (lines[index % connections]?.write(requestText(field, `GET /v1/search?limit=${limit}&q=${q}`, undefined))) {
        field.tally.sent("searches");
      }
    });
  },
};
