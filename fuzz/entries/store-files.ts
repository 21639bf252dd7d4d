/** The store's files after a broken disk, a bad copy or somebody's editor: it opens, or refuses with a sentence. */
import { deepStrictEqual, ok, strictEqual } from "node:assert";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { NamespaceOptions } from "@signalbox/core";
import fc from "fast-check";
import type { ReadAnswer } from "../../packages/gateway/src/stores/sqlite/messages.ts";
import { describe } from "../../packages/gateway/src/stores/sqlite/sqlite-errors.ts";
import { Storage } from "../../packages/gateway/src/stores/sqlite/storage.ts";
import { scratch } from "../../packages/gateway/test/stores/support/scratch.ts";
import { sharedEntry } from "../entry.ts";
import { byteChanges, changed } from "../inputs/bytes.ts";

const files = ["signalbox.db", "signalbox.db-wal", "signalbox.head"] as const;
const channels = ["a:1", "a:2"];
const events = 40;
const nowMs = Date.UTC(2026, 0, 1);
const namespaces: Record<string, NamespaceOptions> = {
  a: { durability: "fsync", retention: { ageMs: 86_400_000, count: 1_000, bytes: 1_000_000 } },
};

interface Case {
  /** After a kill, with everything in the log; or after a proper end, with everything in the database. */
  end: "killed" | "closed";
  file: (typeof files)[number];
  changes: Parameters<typeof changed>[1];
}

interface Image {
  epoch: string;
  bytes: Readonly<Record<(typeof files)[number], Buffer>>;
}

const bodyOf = (seq: number): string => JSON.stringify({ id: `${seq}`, type: "test", timestamp: seq, data: { seq } });

export const storeFiles = sharedEntry<Case>({
  name: "store-files",
  about: "the database, its log and its head file, changed: opened or refused, and never a false history",
  parsers: [
    "packages/gateway/src/stores/sqlite/database.ts",
    "packages/gateway/src/stores/sqlite/head.ts",
    "packages/gateway/src/stores/sqlite/migrations.ts",
    "packages/gateway/src/stores/sqlite/sqlite-errors.ts",
    "packages/gateway/src/stores/sqlite/marks.ts",
  ],
  batch: 50,
  cases: fc.record({
    end: fc.constantFrom("killed", "closed"),
    file: fc.constantFrom(...files),
    changes: byteChanges.filter(({ length }) => length > 0),
  }),
  open: async () => {
    const root = scratch();
    const images = makeImages(root);
    return {
      judge: async (batch) => {
        for (const one of batch) tryOne(mkdtempSync(join(root, "case-")), images[one.end], one);
      },
      close: async () => rmSync(root, { recursive: true, force: true }),
    };
  },
});

/** Epochs are random: another run's files differ in them, and are as long. */
function makeImages(root: string): Record<Case["end"], Image> {
  const directory = mkdtempSync(join(root, "image-"));
  const storage = Storage.open({ directory, namespaces }, () => {});
  // A commit each: a damaged log then ends somewhere between them.
  for (let seq = 1; seq <= events; seq++) {
    storage.append(true, () => {
      for (const channel of channels) {
        const producer = channel === "a:1" ? { id: "p", epoch: 1, seq } : undefined;
        const key = channel === "a:2" ? `k${seq}` : null;
        const row = { id: `${seq}`, type: "test", timestampMs: seq, body: bodyOf(seq), channel, key, producer };
        storage.log.append(row, nowMs);
      }
    });
  }
  const killed = mkdtempSync(join(root, "image-"));
  for (const file of files) cpSync(join(directory, file), join(killed, file));
  storage.close(nowMs);
  const read = (from: string): Image => ({
    epoch: storage.epoch,
    bytes: {
      "signalbox.db": readFileSync(join(from, "signalbox.db")),
      "signalbox.db-wal": from === killed ? readFileSync(join(from, "signalbox.db-wal")) : Buffer.alloc(0),
      "signalbox.head": readFileSync(join(from, "signalbox.head")),
    },
  });
  return { killed: read(killed), closed: read(directory) };
}

function tryOne(directory: string, { epoch, bytes }: Image, { file, changes }: Case): void {
  for (const name of files)
    writeFileSync(join(directory, name), name === file ? changed(bytes[name], changes) : bytes[name]);
  const storage = orSentence(() => Storage.open({ directory, namespaces }, checkSentence));
  if (storage !== undefined) {
    for (const channel of channels) {
      const page = orSentence(
        (): ReadAnswer => storage.reader.read({ channel, after: 0, limit: 1_000, maxBytes: 1e9 }),
      );
      // The log has check sums and the head file no events: what is left is what was, and the same epoch has all of it.
      if (page === undefined || file === "signalbox.db") continue;
      deepStrictEqual(
        page.bodies,
        page.bodies.map((_body, at) => bodyOf(at + 1)),
        "events as they were published",
      );
      if (storage.epoch === epoch) strictEqual(page.bodies.length, events, "all that was acknowledged");
    }
    const row = {
      id: "new",
      type: "test",
      timestampMs: 1,
      body: bodyOf(0),
      channel: "a:1",
      key: null,
      producer: undefined,
    };
    orSentence(() => storage.append(true, () => storage.log.append(row, nowMs)));
    orSentence(() => storage.close(nowMs));
  }
  rmSync(directory, { recursive: true, force: true });
}

/** The answer, or `undefined` for an error that says what is wrong with the files; a mistake of ours goes on. */
function orSentence<Answer>(work: () => Answer): Answer | undefined {
  try {
    return work();
  } catch (error) {
    const ours = error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
    if (ours || !(error instanceof Error)) throw error;
    checkSentence(describe(error));
    return undefined;
  }
}

function checkSentence(sentence: string): void {
  ok(sentence.length > 10 && sentence.length < 1_000 && !sentence.includes("\n"), `a sentence: ${sentence}`);
}
