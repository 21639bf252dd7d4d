/** Pages that show a whole configuration: each of them has to be one. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadConfig } from "../../src/index.ts";
import { tempDir } from "../support/gateway.ts";

const blocks = ["rabbitmq.md", "load-balancers.md"].flatMap((name) => {
  const page = readFileSync(new URL(`../../../../docs/${name}`, import.meta.url), "utf8");
  return [...page.matchAll(/^```json\n(.*?)^```$/gms)].map(([, text = ""]) => ({ name, text }));
});

test.each(blocks)("$name: $text", ({ text }) => {
  const cwd = tempDir();
  writeFileSync(join(cwd, "signalbox.config.json"), text);
  expect(() => loadConfig({ env: {}, cwd })).not.toThrow();
});

test("there are some", () => {
  expect(blocks.length).toBeGreaterThan(1);
});
