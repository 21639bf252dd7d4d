import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

test("what goes to a pipe is not painted, also where CI is set", () => {
  const io = join(import.meta.dirname, "../src/io.ts");
  const program = `const { systemIo } = await import(${JSON.stringify(io)}); systemIo().out.line(systemIo().out.paint.red("x"));`;
  const args = ["--conditions=source", "--input-type=module", "--eval", program];
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: "utf8",
    env: { ...process.env, CI: "true", TERM: "xterm" },
  });
  expect([stdout, stderr]).toEqual(["x\n", ""]);
});
