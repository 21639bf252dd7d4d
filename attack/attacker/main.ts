/**
 * The attacker: a process of its own, so that what it costs is not the healthy client's. Reads one job as a line of JSON
 * from stdin, attacks for so many seconds, prints one line of JSON and ends; also when stdin ends, with whoever started it.
 */
import { createInterface } from "node:readline";
import { attacks } from "../attacks/index.ts";
import { decodeJob, fieldOf } from "./field.ts";

const lines = createInterface({ input: process.stdin });
lines.once("line", (line) => {
  const field = fieldOf(decodeJob(line));
  const attack = attacks.find(({ name }) => name === field.attack);
  if (attack === undefined) throw new Error(`there is no attack named ${field.attack}`);
  attack.start(field);
  setTimeout(() => {
    process.stdout.write(`${JSON.stringify(field.tally.figures())}\n`, () => process.exit(0));
  }, field.seconds * 1000);
});
lines.once("close", () => process.exit(1));
