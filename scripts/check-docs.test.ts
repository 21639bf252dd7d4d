import { describe, expect, test } from "vitest";
import { checkDocs } from "./check-docs.ts";
import { docExamples } from "./doc-examples.ts";
import { inSample } from "./sample-repository.ts";

const base = {
  "package.json": JSON.stringify({ name: "sample", scripts: { start: "x", check: "x" } }),
  "docs/guide.md": "# The guide\n\n## First: a step!\n\n## First: a step!\n",
  "packages/core/package.json": JSON.stringify({ name: "@signalbox/core", scripts: { "build:css": "x" } }),
  "packages/core/src/index.ts": "",
};

const found = (readme: string): string[] =>
  inSample({ ...base, "README.md": readme }, (at) => checkDocs(at).map((one) => `${one.line} ${one.what}`));

describe("links", () => {
  test("to files and headings that are there pass", () => {
    const text = `# Top\n[a](docs/guide.md) [b](docs/guide.md#first-a-step) [c](docs/guide.md#first-a-step-1)
[d](#top) [e](packages/core) [f](https://example.org/x) ![g](<docs/guide.md> "title")\n\n[h]: docs/guide.md`;
    expect(found(text)).toEqual([]);
  });

  test.each([
    ["[a](docs/none.md)", "1 links to docs/none.md: no such file"],
    ["\n[a]: docs/none.md", "2 links to docs/none.md: no such file"],
    [`<img src="docs/none.png">`, "1 links to docs/none.png: no such file"],
    ["[a](docs/guide.md#second)", "1 links to docs/guide.md#second: no such heading"],
    ["[a](#nowhere)", "1 links to #nowhere: no such heading"],
  ])("%j is refused", (text, what) => {
    expect(found(text)).toEqual([what]);
  });

  test("inside code are not links", () => {
    expect(found("`[a](none.md)`\n\n```text\n[a](none.md)\n```\n")).toEqual([]);
  });
});

test("a path in a code span must exist", () => {
  expect(found("`packages/core/src/index.ts` `packages/core/` `packages/X/src` `packages/*/src` `and/or`")).toEqual([]);
  expect(found("see `packages/core/src/gone.ts`")).toEqual(["1 names packages/core/src/gone.ts: no such file"]);
});

test("an npm script must exist", () => {
  expect(found("npm start, npm run check, npm run build:css, npm ci")).toEqual([]);
  expect(found("npm test\nnpm run gone")).toEqual([
    "1 says npm test: no such script",
    "2 says npm run gone: no such script",
  ]);
});

describe("examples", () => {
  test("say how they are tested", () => {
    const text =
      '```sh run=a\ntrue\n```\n```ts run=b expect="x y"\nlog();\n```\n```sh norun="asks"\nx\n```\n```json\n{}\n```\n';
    expect(found(text)).toEqual([]);
    const examples = inSample({ ...base, "README.md": text }, (at) => docExamples(at));
    expect(examples).toEqual([
      { file: "README.md", line: 1, name: "a", language: "sh", text: "true\n" },
      { file: "README.md", line: 4, name: "b", language: "ts", text: "log();\n", expect: "x y" },
    ]);
  });

  test.each([
    ["```sh\nx\n```", `1 sh block says neither run=NAME nor norun="reason"`],
    ["```python\nx\n```", `1 python block says neither run=NAME nor norun="reason"`],
    ["```ts run\nx\n```", "1 run without a name: write run=NAME"],
    ["```python run=a\nx\n```", "1 run=a: only sh, ts, tsx, vue blocks can be run"],
    ["```sh run=a\nx\n```\n```sh run=a\nx\n```", "4 run=a: another block of this page has that name"],
  ])("%j is refused", (text, what) => {
    expect(found(text)).toEqual([what]);
  });

  test("in a list are read without the list's indent", () => {
    const text = "1. Do:\n\n   ```sh run=a\n   if true; then\n     echo x\n   fi\n   ```\n";
    const [example] = inSample({ ...base, "README.md": text }, (at) => docExamples(at));
    expect(example?.text).toBe("if true; then\n  echo x\nfi\n");
  });
});
