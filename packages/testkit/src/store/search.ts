import type { Entry, SearchQuery, Store } from "@signalbox/core";
import fc from "fast-check";
import { expect } from "vitest";
import { entries, entry, type Trial, until } from "./trial.ts";

const line = (channel: string, id: number, output: string): Entry =>
  entry(channel, id, { type: "process_output" }, { processId: "unsought", stream: "stdout", output });

async function found(store: Store, text: string, rest: Partial<SearchQuery> = {}): Promise<string[]> {
  const { hits } = await store.search({ text, limit: 100, ...rest });
  return hits.map(({ body }) => String(JSON.parse(body).id));
}

export function searchTests(trial: Trial, canSearch: boolean): void {
  if (!canSearch) {
    trial.test("a store that cannot search says so", async () => {
      const { store } = await trial.open();
      await expect(store.search({ text: "a", limit: 1 })).rejects.toMatchObject({ code: "unsupported" });
    });
    return;
  }

  trial.test("D3 a search finds what holds all words, newest first", async () => {
    const { store } = await trial.open();
    await store.append([
      line("roomy:p1", 1, "Error: cannot open src/main.ts"),
      line("roomy:p2", 2, "all 12 tests passed"),
      line("roomy:p1", 3, "\u001b[31merror\u001b[0m in Müller's module, line 7"),
      entry("roomy:a", 4, { type: "agent_status" }, { text: ["deep", { inside: "an error, opened" }], n: 7 }),
    ]);
    expect(await found(store, "error")).toEqual(["4", "3", "1"]);
    expect(await found(store, "error open")).toEqual(["1"]);
    expect(await found(store, "error open*")).toEqual(["4", "1"]);
    expect(await found(store, '"cannot open"')).toEqual(["1"]);
    expect(await found(store, '"open cannot"')).toEqual([]);
    expect(await found(store, "src/main.ts")).toEqual(["1"]);
    expect(await found(store, "muller")).toEqual(["3"]);
    expect(await found(store, "31merror")).toEqual([]);
    expect(await found(store, "unsought")).toEqual([]);
    expect(await found(store, "nothing")).toEqual([]);
    const [hit] = (await store.search({ text: "passed", limit: 1 })).hits;
    const expected = line("roomy:p2", 2, "all 12 tests passed");
    expect(hit).toEqual({
      channel: "roomy:p2",
      epoch: store.epoch,
      offset: 1,
      type: expected.type,
      timestampMs: expected.timestampMs,
      body: expected.body,
    });
  });

  trial.test("D3 a search looks in a channel, a pattern, some types", async () => {
    const { store } = await trial.open();
    await store.append([line("roomy:p1", 1, "word"), line("roomy:p12", 2, "word"), line("relaxed:p1", 3, "word")]);
    await store.append([entry("roomy:p1", 4, { type: "agent_status" }, { text: "word" })]);
    expect(await found(store, "word", { channels: ["roomy:p1"] })).toEqual(["4", "1"]);
    expect(await found(store, "word", { channels: ["roomy:p1*"] })).toEqual(["4", "2", "1"]);
    expect(await found(store, "word", { channels: ["roomy:*"] })).toEqual(["4", "2", "1"]);
    expect(await found(store, "word", { channels: ["*"] })).toEqual(["4", "3", "2", "1"]);
    expect(await found(store, "word", { channels: ["roomy:none"] })).toEqual([]);
    expect(await found(store, "word", { types: ["process_output"] })).toEqual(["3", "2", "1"]);
    expect(await found(store, "word", { types: ["agent_status", "none"], channels: ["roomy:*"] })).toEqual(["4"]);
    expect(await found(store, "word", { types: ["none"] })).toEqual([]);
  });

  trial.test("D3 pages of a search go back in time without a hole or a repeat", async () => {
    const { store, reopen } = await trial.open();
    for (let at = 0; at < 250; at += 50) {
      await store.append(
        Array.from({ length: 50 }, (_, i) => line(`roomy:p${i % 7}`, at + i, (at + i) % 2 ? "odd word" : "even word")),
      );
    }
    const again = (await reopen?.()) ?? store;
    for (const channel of [undefined, "roomy:p3", "roomy:p3*"]) {
      const all = await found(again, "odd", { limit: 1_000, ...(channel === undefined ? {} : { channel }) });
      const paged: string[] = [];
      let before: string | undefined;
      do {
        const query = { text: "odd", limit: 4, ...(channel === undefined ? {} : { channel }) };
        const page = await again.search(before === undefined ? query : { ...query, before });
        paged.push(...page.hits.map(({ body }) => String(JSON.parse(body).id)));
        expect(page.hits.length).toBeGreaterThan(0);
        before = page.next;
      } while (before !== undefined);
      expect(paged).toEqual(all);
      expect(paged.length).toBe(channel === undefined ? 125 : all.length);
      expect(paged).toEqual([...paged].sort((a, b) => Number(b) - Number(a)));
    }
  });

  trial.test("D3 what retention removed is not found any more", async () => {
    const { store } = await trial.open();
    await store.append(Array.from({ length: 8 }, (_, i) => line("counted:a", i + 1, "word")));
    expect(await found(store, "word")).toHaveLength(8);
    await store.append(Array.from({ length: 8 }, (_, i) => line("counted:a", i + 9, "word")));
    await until(async () => (await store.info("counted:a"))?.floor === 7);
    expect(await found(store, "word")).toEqual(Array.from({ length: 10 }, (_, i) => String(16 - i)));
    await store.append(entries("counted:a", 1, 30));
    await until(async () => (await store.info("counted:a"))?.floor === 37);
    expect(await found(store, "word")).toEqual([]);
  });

  trial.test("A13 no text breaks the search", async () => {
    const { store } = await trial.open();
    await store.append([line("roomy:a", 1, "NEAR AND OR NOT text tags c1")]);
    const pieces = fc.constantFrom(
      '"',
      "*",
      "(",
      ")",
      "AND",
      "OR",
      "NOT",
      "NEAR(",
      "^",
      ":",
      "tags:",
      "-",
      "+",
      "{",
      "}",
      "'",
      "\0",
      "\ud800",
      " ",
      "a",
      "é",
      ";",
      "--",
    );
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join("")),
    );
    await fc.assert(
      fc.asyncProperty(text, text, async (some, cursor) => {
        const { hits } = await store.search({
          text: some,
          limit: 10,
          before: cursor,
          types: [some],
          channels: ["roomy:*"],
        });
        expect(hits).toEqual([]);
        await store.search({ text: some, limit: 10 });
      }),
      { numRuns: 300 },
    );
    for (const word of ["NEAR", "AND", "or", "not", "text", "c1"]) expect(await found(store, word)).toEqual(["1"]);
    expect(await found(store, "tags:c1")).toEqual(["1"]);
    expect(await found(store, `${"word ".repeat(10_000)}`)).toEqual([]);
  });
}
