import type { Filter } from "@signalbox/protocol";
import { describe, expect, test } from "vitest";
import { compileFilter } from "../src/filter.ts";
import { SharedPublication } from "../src/publication.ts";

declare global {
  interface ImportMeta {
    /** Vite's: the files that match, by path. */
    glob(pattern: string, options: { eager: true; query: "?raw"; import: "default" }): Record<string, string>;
  }
}

interface Case {
  name: string;
  filter: Filter;
  message: { type: string };
  tags: Record<string, string>;
  matches: boolean;
}

// As text: a bundler's JSON import would lose the key `__proto__`.
const [text = ""] = Object.values(
  import.meta.glob("../../../spec/vectors/filters.json", { eager: true, query: "?raw", import: "default" }),
);
const { cases }: { cases: Case[] } = JSON.parse(text);

describe("§4.5 filters", () => {
  test.each(cases)("$name: $matches", ({ filter, message, tags, matches }) => {
    const kept = { offset: 1, type: message.type, timestampMs: 0, body: JSON.stringify({ id: "1", ...message }) };
    const passes = compileFilter(filter, () => tags);
    expect(passes?.(new SharedPublication("global", "e", kept)) ?? true).toBe(matches);
  });
});
