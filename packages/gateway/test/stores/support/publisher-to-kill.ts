/**
 * A process that publishes until it is killed. Arguments: data directory, seed, size of the largest batch, and per publisher the seq to begin with.
 * Lines on stdout, each written as soon as it is true: `open EPOCH`, then `ack PUBLISHER SEQ OFFSET new|again`.
 */
import { writeSync } from "node:fs";
import { openSqliteStore } from "../../../src/stores/sqlite/index.ts";
import { chance, entryOf, namespaces, type Publisher, publishers } from "./load.ts";

const [directory = "", seed = "0", largest = "1", ...starts] = process.argv.slice(2);
const random = chance(Number(seed));
const store = await openSqliteStore({ directory, namespaces, log: { error: (message) => console.error(message) } });
say(`open ${store.epoch}\n`);

/** Past every buffer of this process: what was said stays said. */
function say(text: string): void {
  for (let rest = Buffer.from(text); rest.length > 0; ) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      // The pipe is full: the reader is behind.
      if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) throw error;
    }
  }
}

async function publish(publisher: Publisher, start: number): Promise<void> {
  for (let seq = start; ; ) {
    // Two batches on their way at once: the second must not be harmed by what becomes of the first.
    const batches = [0, 1].map(() => {
      const batch = Array.from({ length: 1 + Math.floor(random() * Number(largest)) }, (_, i) =>
        entryOf(publisher, seq + i),
      );
      const first = seq;
      seq += batch.length;
      return store.append(batch).then((results) => {
        let lines = "";
        for (const [i, result] of results.entries()) {
          if (!result.ok) throw new Error(`${publisher.id} ${first + i}: ${result.code} ${result.message}`);
          lines += `ack ${publisher.id} ${first + i} ${result.offset ?? 0} ${result.duplicate ? "again" : "new"}\n`;
        }
        say(lines);
      });
    });
    await Promise.all(batches);
  }
}

await Promise.all(publishers.map((publisher, i) => publish(publisher, Number(starts[i]))));
