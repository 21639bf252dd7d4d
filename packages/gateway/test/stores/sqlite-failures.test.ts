/** What the sqlite store does when its disk, its files or its thread fail: F4, F5 and the lock. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  cpSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { type Entry, type Store, StoreFailed } from "@signalbox/core";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { openSqliteStore } from "../../src/stores/sqlite/index.ts";
import type { SearcherAsks } from "../../src/stores/sqlite/messages.ts";
import { Thread } from "../../src/stores/sqlite/thread.ts";
import { chance, entryOf, namespaces } from "./support/load.ts";
import { scratch } from "./support/scratch.ts";

const root = scratch();
const stores = new Set<Store>();
const complaints: string[] = [];

afterEach(async () => {
  for (const store of stores) await store.close();
  stores.clear();
  complaints.length = 0;
  for (const name of readdirSync(root)) rmSync(join(root, name), { recursive: true });
});

afterAll(() => rmSync(root, { recursive: true }));

const newDirectory = (): string => mkdtempSync(join(root, "data-"));

async function open(directory: string, declared = namespaces): Promise<Store> {
  const log = { error: (message: string) => complaints.push(message) };
  const store = await openSqliteStore({ directory, namespaces: declared, log });
  stores.add(store);
  return store;
}

async function close(store: Store): Promise<void> {
  stores.delete(store);
  await store.close();
}

const publisher = { id: "p", channel: "synced:a", by: "producer" } as const;
const entries = (from: number, to: number): Entry[] =>
  Array.from({ length: to - from + 1 }, (_, i) => entryOf(publisher, from + i));

/** Bodies of the channel, which must have no hole. */
async function bodies(store: Store): Promise<string[]> {
  const found: string[] = [];
  for (;;) {
    const { events } = await store.read(publisher.channel, found.length, 1_000, 10_000_000);
    if (events.length === 0) return found;
    for (const { offset, body } of events) {
      found.push(body);
      expect(offset).toBe(found.length);
    }
  }
}

const bodiesTo = (count: number): string[] => entries(1, count).map(({ body }) => body);
const script = (name: string): string => join(import.meta.dirname, "support", name);
const inDirectory = (directory: string, name: string): string => join(directory, name);

function overwrite(file: string, at: number, bytes: Uint8Array): void {
  const fd = openSync(file, "r+");
  writeSync(fd, bytes, 0, bytes.length, at);
  closeSync(fd);
}

describe("the lock", () => {
  test("§8 the same process cannot open a directory twice", async () => {
    const directory = newDirectory();
    const store = await open(directory);
    await expect(open(directory)).rejects.toThrow(`this process (pid ${process.pid})`);
    expect(await store.append(entries(1, 1))).toMatchObject([{ offset: 1 }]);
    await close(store);
    await open(directory);
  });

  test("§8 a directory in use is refused, naming the process; when that is killed, the directory is free", async () => {
    const directory = newDirectory();
    const holder = spawn(process.execPath, ["--conditions=source", script("store-holder.ts"), directory], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = once(holder, "exit");
    const [epoch] = await once(holder.stdout, "data");
    await expect(open(directory)).rejects.toThrow(
      new RegExp(`in use by another gateway \\(pid ${holder.pid}\\).*Stop it`),
    );
    holder.kill("SIGKILL");
    await ended;
    expect((await open(directory)).epoch).toBe(String(epoch).trim());
  });

  test("A45 a directory made by the store is its owner's only", async () => {
    const directory = join(newDirectory(), "deep", "er");
    await open(directory);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });
});

describe("F4 a disk that takes no more", () => {
  const run = promisify(execFile);
  const filler = ["--conditions=source", script("disk-filler.ts")];
  const judge = (stdout: string): { failures: string[]; resumed?: number } => {
    const outcome = JSON.parse(stdout);
    const { acknowledged, afterwards, readable, reopened, epochKept, log } = outcome;
    expect(acknowledged).toBeGreaterThan(0);
    expect({ afterwards, readable, epochKept, log }).toEqual({
      afterwards: 0,
      readable: acknowledged,
      epochKept: true,
      log: expect.arrayContaining([expect.stringMatching(/^Writing ended: /)]),
    });
    // What was on its way may have been kept, but nothing acknowledged may be missing.
    expect(reopened).toBeGreaterThanOrEqual(acknowledged);
    return outcome;
  };

  test("I10 a file that may not grow: no false OK, reading goes on, nothing is lost", async () => {
    const directory = newDirectory();
    const command = `ulimit -f 3000 && exec "$0" "$@"`;
    const { stdout } = await run("sh", ["-c", command, process.execPath, ...filler, directory]);
    const { failures } = judge(stdout);
    expect(failures).toEqual([expect.stringMatching(/SQLite .*(I\/O error|disk is full)/), failures[0]]);
    const store = await open(directory);
    const kept = (await bodies(store)).length;
    expect(await store.append(entries(kept + 1, kept + 1))).toMatchObject([{ offset: kept + 1, duplicate: false }]);
  });

  const mayMount = process.platform === "linux" && process.getuid?.() === 0;
  test.skipIf(!mayMount)(
    "I10 a full disk (needs root on Linux, for a tmpfs of its own): fail stop; space and a restart mend it",
    async () => {
      const directory = newDirectory();
      const ballast = inDirectory(directory, "ballast");
      const command = `mount -t tmpfs -o size=6m tmpfs "$DISK" && head -c 2000000 /dev/zero > "$DISK/ballast" && exec "$0" "$@"`;
      const { stdout } = await run(
        "unshare",
        ["-m", "sh", "-c", command, process.execPath, ...filler, directory, ballast],
        {
          env: { ...process.env, DISK: directory },
        },
      );
      const { failures, resumed } = judge(stdout);
      expect(failures).toEqual([expect.stringContaining("the disk is full: free some space"), failures[0]]);
      expect(resumed).toBe(3);
    },
  );
});

describe("F5 files that changed while the store was closed", () => {
  const count = 400;

  /** A directory as a killed gateway leaves it: most events are in the log only. */
  async function killedImage(): Promise<{ image: string; epoch: string }> {
    const directory = newDirectory();
    const store = await open(directory);
    for (let seq = 1; seq <= count; seq += 10) await store.append(entries(seq, seq + 9));
    const image = newDirectory();
    for (const name of ["signalbox.db", "signalbox.db-wal", "signalbox.head"])
      cpSync(join(directory, name), join(image, name));
    await close(store);
    return { image, epoch: store.epoch };
  }

  test("a torn or damaged end of the log: no hole, and what is missing is never silent", async () => {
    const { image, epoch } = await killedImage();
    const seed = Number(process.env.SIGNALBOX_SEED ?? Math.floor(Math.random() * 2 ** 32));
    const random = chance(seed);
    let lossy = 0;
    for (let round = 0; round < 20; round++) {
      const directory = newDirectory();
      cpSync(image, directory, { recursive: true });
      const wal = inDirectory(directory, "signalbox.db-wal");
      const size = statSync(wal).size;
      const at = round % 5 === 0 ? Math.floor(random() * 32) : Math.floor(size * (0.3 + 0.7 * random()));
      if (round % 3 === 0) truncateSync(wal, at);
      else if (round % 3 === 1)
        overwrite(wal, at, Uint8Array.of((readFileSync(wal)[at] ?? 0) ^ (1 << Math.floor(random() * 8))));
      else overwrite(wal, at, new Uint8Array(1 + Math.floor(random() * 8_192)));
      const store = await open(directory);
      const kept = await bodies(store);
      const context = { seed, round, at, kept: kept.length };
      expect({ ...context, bodies: kept }).toEqual({ ...context, bodies: bodiesTo(kept.length) });
      const lost = kept.length < count;
      if (lost) lossy++;
      expect({ ...context, sameEpoch: store.epoch === epoch }).toEqual({ ...context, sameEpoch: !lost });
      expect({ ...context, told: complaints.length > 0 }).toEqual({ ...context, told: lost });
      expect(await store.append(entries(kept.length + 1, kept.length + 1))).toMatchObject([
        { offset: kept.length + 1 },
      ]);
      await close(store);
      complaints.length = 0;
      // Told once: the new epoch is the truth from now on.
      const again = await open(directory);
      expect([again.epoch, complaints]).toEqual([store.epoch, []]);
      await close(again);
    }
    expect(lossy).toBeGreaterThan(0);
  });

  test("bits flipped in the database: it opens, and a read gives no hole", async () => {
    const directory = newDirectory();
    const store = await open(directory);
    await store.append(entries(1, count));
    await close(store);
    const random = chance(Number(process.env.SIGNALBOX_SEED ?? 7));
    for (let round = 0; round < 20; round++) {
      const copy = newDirectory();
      cpSync(directory, copy, { recursive: true });
      const file = inDirectory(copy, "signalbox.db");
      for (let flips = 0; flips < 20; flips++) {
        overwrite(file, Math.floor(random() * statSync(file).size), Uint8Array.of(Math.floor(random() * 256)));
      }
      const damaged = await open(copy);
      await bodies(damaged).catch((error: unknown) => expect(error).toBeInstanceOf(Error));
      await close(damaged);
    }
  });

  test.each([
    ["its header", (file: string) => overwrite(file, 0, new Uint8Array(200).fill(7))],
    [
      "all but its first page",
      (file: string) => overwrite(file, 4_096, new Uint8Array(statSync(file).size - 4_096).fill(7)),
    ],
    ["everything, cut to a part", (file: string) => truncateSync(file, 6_000)],
  ])("§4.3 a database that lost %s is set aside, and a new epoch begins", async (_, damage) => {
    const directory = newDirectory();
    const before = await open(directory);
    await before.append(entries(1, count));
    await close(before);
    damage(inDirectory(directory, "signalbox.db"));
    const store = await open(directory);
    expect(store.epoch).not.toBe(before.epoch);
    expect(await store.info(publisher.channel)).toBeUndefined();
    expect(readdirSync(directory).some((name) => name.startsWith("signalbox.db.corrupt-"))).toBe(true);
    expect(complaints).toEqual([expect.stringMatching(/is damaged .* set aside as .* new epoch/)]);
    expect(await store.append(entries(1, 2))).toMatchObject([{ offset: 1 }, { offset: 2 }]);
    await close(store);
    expect((await open(directory)).epoch).toBe(store.epoch);
  });

  test("§4.3 a deleted database is a new epoch, even if its log is still there", async () => {
    const { image, epoch } = await killedImage();
    rmSync(inDirectory(image, "signalbox.db"));
    const store = await open(image);
    expect(store.epoch).not.toBe(epoch);
    expect(await store.info(publisher.channel)).toBeUndefined();
    expect(complaints).toEqual([expect.stringContaining("is gone")]);
  });

  test("§4.3 an older copy put back is a new epoch: offsets that were given out mean something else now", async () => {
    const directory = newDirectory();
    const first = await open(directory);
    await first.append(entries(1, 100));
    await first.saveSnapshots([
      { channel: publisher.channel, epoch: first.epoch, offset: 90, state: "{}", version: 1 },
    ]);
    await close(first);
    const copy = readFileSync(inDirectory(directory, "signalbox.db"));
    const second = await open(directory);
    expect(second.epoch).toBe(first.epoch);
    await second.append(entries(101, 150));
    await close(second);
    writeFileSync(inDirectory(directory, "signalbox.db"), copy);
    const third = await open(directory);
    expect(third.epoch).not.toBe(first.epoch);
    expect(complaints).toEqual([expect.stringContaining("150 were acknowledged")]);
    expect(await bodies(third)).toEqual(bodiesTo(100));
    expect(await third.loadSnapshot(publisher.channel)).toMatchObject({ epoch: third.epoch, offset: 90 });
    expect(await third.append(entries(101, 101))).toMatchObject([
      { epoch: third.epoch, offset: 101, duplicate: false },
    ]);
  });

  test("§5.2 a power cut while events of durability `os` were on their way is a new epoch", async () => {
    const directory = newDirectory();
    const store = await open(directory);
    await store.append(entries(1, 5));
    const image = newDirectory();
    for (const name of ["signalbox.db", "signalbox.db-wal", "signalbox.head"])
      cpSync(join(directory, name), join(image, name));
    await close(store);
    const killed = newDirectory();
    cpSync(image, killed, { recursive: true });
    expect((await open(killed)).epoch).toBe(store.epoch);
    // As if the machine had started anew before the gateway did.
    const head = inDirectory(image, "signalbox.head");
    const text = readFileSync(head, "utf8");
    expect(text).toMatch(/ unsynced [-0-9a-f]+\n$/);
    writeFileSync(head, text.replace(/[-0-9a-f]+\n$/, "another-boot\n"));
    const cut = await open(image);
    expect(cut.epoch).not.toBe(store.epoch);
    expect(await bodies(cut)).toEqual(bodiesTo(5));
    expect(complaints).toEqual([expect.stringContaining("`os`")]);
  });

  test("a database of a newer version, or of something else, is refused and left alone", async () => {
    const directory = newDirectory();
    await close(await open(directory));
    const file = inDirectory(directory, "signalbox.db");
    const newer = new DatabaseSync(file);
    newer.exec("UPDATE meta SET value = 99 WHERE key = 'schema'");
    newer.close();
    await expect(open(directory)).rejects.toThrow(
      /has schema 99, this Signalbox knows 3: it was written by a newer one/,
    );
    const other = newDirectory();
    const foreign = new DatabaseSync(inDirectory(other, "signalbox.db"));
    foreign.exec("CREATE TABLE theirs (x)");
    foreign.close();
    await expect(open(other)).rejects.toThrow("not one of Signalbox");
    expect(readdirSync(other).some((name) => name.includes("corrupt"))).toBe(false);
  });

  test("a damaged search index is made again", async () => {
    const directory = newDirectory();
    const first = await open(directory);
    await first.append(entries(1, 20));
    const find = async (store: Store): Promise<number> => (await store.search({ text: "p", limit: 100 })).hits.length;
    expect(await find(first)).toBe(20);
    await close(first);
    const file = inDirectory(directory, "search.db");
    overwrite(file, 0, new Uint8Array(200).fill(7));
    const second = await open(directory);
    expect(await find(second)).toBe(20);
    await close(second);
    overwrite(file, 8_192, new Uint8Array(statSync(file).size - 8_192).fill(7));
    const third = await open(directory);
    await third.append(entries(21, 25));
    expect(await find(third)).toBe(25);
    expect(third.epoch).toBe(first.epoch);
  });
});

test("I10 damage met while running ends writing, and the next start sets the database aside", async () => {
  const directory = newDirectory();
  const first = await open(directory);
  for (let seq = 1; seq <= 20_000; seq += 1_000) await first.append(entries(seq, seq + 999));
  await close(first);
  const store = await open(directory);
  const file = inDirectory(directory, "signalbox.db");
  overwrite(file, 40 * 4_096, new Uint8Array(statSync(file).size - 40 * 4_096).fill(7));
  await expect(store.read(publisher.channel, 10_000, 100, 1_000_000)).rejects.toThrow("damaged");
  await expect(store.append(entries(20_001, 20_001))).rejects.toBeInstanceOf(StoreFailed);
  await expect(store.append(entries(20_001, 20_001))).rejects.toThrow("damaged");
  await close(store);
  expect(existsSync(inDirectory(directory, "signalbox.db.suspect"))).toBe(true);
  const again = await open(directory);
  expect(again.epoch).not.toBe(store.epoch);
  expect(readdirSync(directory).filter((name) => name.includes("corrupt-")).length).toBeGreaterThan(0);
  expect(existsSync(inDirectory(directory, "signalbox.db.suspect"))).toBe(false);
});

test("a thread that breaks down fails every question: none waits for ever", async () => {
  const thread = new Thread<SearcherAsks>({
    file: "searcher",
    data: { directory: join(root, "nowhere"), epoch: "e" },
    nowMs: Date.now,
    warn: (message) => complaints.push(message),
  });
  const questions = [1, 2].map(() => thread.ask("index", { through: 1, busy: false }));
  for (const question of questions) await expect(question).rejects.toBeInstanceOf(StoreFailed);
  await expect(thread.ask("index", { through: 1, busy: false })).rejects.toThrow("broke down");
  await thread.stop();
});
