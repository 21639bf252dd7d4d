/** The rules that catch forgotten promises are young: this proves that they fire with the biome and biome.json we have. */
import { spawnSync } from "node:child_process";
import { readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { root } from "./repository.ts";
import { inSample } from "./sample-repository.ts";

const sample = `import { work } from "./work.ts";
export function start(): void {
  work();
  if (work()) console.log("always");
  [1].forEach(async () => {
    await work();
  });
}
export default start;
export * from "./work.ts";
export const loose: any = 1;
`;

describe("biome.json", () => {
  let output = "";

  beforeAll(() => {
    const files = {
      "biome.json": readFileSync(join(root, "biome.json"), "utf8"),
      ".gitignore": "node_modules\n",
      "src/work.ts": "export async function work(): Promise<number> {\n  return 1;\n}\n",
      "src/sample.ts": sample,
    };
    output = inSample(files, (at) => {
      symlinkSync(join(root, "node_modules"), join(at, "node_modules"));
      const biome = join(root, "node_modules", ".bin", "biome");
      const ran = spawnSync(biome, ["check", "--reporter=github", "src"], { cwd: at, encoding: "utf8" });
      return ran.stdout + ran.stderr;
    });
  });

  test.each([
    ["lint/nursery/noFloatingPromises", 3],
    ["lint/nursery/noMisusedPromises", 4],
    ["lint/nursery/noMisusedPromises", 5],
    ["lint/style/noDefaultExport", 9],
    ["lint/performance/noReExportAll", 10],
    ["lint/suspicious/noExplicitAny", 11],
  ])("%s fires on line %i", (rule, line) => {
    const found = output.split("\n").filter((one) => one.startsWith("::error") && one.includes(`title=${rule}`));
    expect(
      found.some((one) => one.includes(`line=${line},`)),
      output,
    ).toBe(true);
  });
});
