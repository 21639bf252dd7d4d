import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { checkSize } from "./check-size.ts";
import { printed } from "./finding.ts";
import { inSampleAsync } from "./sample-repository.ts";
import type { BundleBudget } from "./size-budgets.ts";

const entry = `export { used } from "./src/a.ts";`;
const budget: BundleBudget = { name: "sample", entry, mostBytes: 400, goalBytes: 200 };
const dashboard = { name: "page", page: "dist/index.html", mostBytes: 1_000, goalBytes: 1_000 };
/** Text that gzip cannot make smaller than three quarters of its length. */
const dense = (bytes: number): string => randomBytes(bytes).toString("base64");

const sized = (files: Record<string, string>, bundles: BundleBudget[] = []) =>
  inSampleAsync(files, async (at) => {
    const { lines, findings } = await checkSize(at, { bundles, dashboard });
    return { lines, findings: findings.map(printed) };
  });

test("a bundle over its budget is refused: by how much, and its largest modules first", async () => {
  const files = {
    "src/a.ts": `import { big } from "./big.ts"; import { small } from "./small.ts"; export const used = () => big + small;`,
    "src/big.ts": `export const big = "${dense(900)}";`,
    "src/small.ts": `export const small = "${dense(90)}";`,
  };
  const { findings } = await sized(files, [budget]);
  expect(findings).toHaveLength(1);
  expect(findings[0]).toMatch(
    /^scripts\/size-budgets\.ts sample: [\d,]+ B is [\d,]+ B over 400 B; largest: src\/big\.ts .+, src\/small\.ts .+\n {4}why: /,
  );
});

test("what a program does not use is not counted, types and comments neither", async () => {
  const files = {
    "src/a.ts": `// ${dense(900)}\nimport { used } from "./b.ts"; export { used }; export type T = "${dense(900)}";`,
    "src/b.ts": `export const used = (n: number): number => n + 1; export const unused = "${dense(900)}";`,
  };
  const { lines, findings } = await sized(files, [budget]);
  expect(findings).toEqual([]);
  expect(lines[0]).toMatch(/^sample: \d\d B of 400 B$/);
});

test("within its budget, a goal that is missed is told", async () => {
  const files = { "src/a.ts": `export const used = "${dense(200)}";` };
  const { lines, findings } = await sized(files, [budget]);
  expect(findings).toEqual([]);
  expect(lines[0]).toMatch(/^sample: \d+ B of 400 B; goal 200 B$/);
});

const page = `<script type="module" src="./assets/main.js"></script><link rel="stylesheet" href="./assets/main.css">`;

test("a page counts its scripts, styles and what those import at once, not what is fetched later", async () => {
  const files = {
    "dist/index.html": page,
    "dist/assets/main.js": `import{a}from"./shared.js";a();import("./later.js")`,
    "dist/assets/main.css": `/* ${dense(100)} */`,
    "dist/assets/shared.js": `export const a="${dense(900)}"`,
    "dist/assets/later.js": `export const b="${dense(9_000)}"`,
  };
  const { findings } = await sized(files);
  expect(findings).toHaveLength(1);
  expect(findings[0]).toMatch(/over 1,000 B; largest: dist\/assets\/shared\.js [\d,]+ B, dist\/assets\/main\.css/);
  expect(findings[0]).not.toContain("later.js");
});

test("a page that is not built is skipped with a line", async () => {
  expect(await sized({ "a.md": "" })).toEqual({
    lines: ["page: skipped, it is not built (npm run build)"],
    findings: [],
  });
});
