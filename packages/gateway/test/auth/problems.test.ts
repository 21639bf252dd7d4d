import { expect, test } from "vitest";
import { problemLog } from "../../src/auth/problems.ts";
import { createLog } from "../../src/log.ts";

test("A36 A40 a problem is a line in ten seconds, however often it comes; the next line says how often that was", () => {
  const lines: Array<{ problem: string; unsaid?: number }> = [];
  const log = createLog(
    { level: "info", pretty: false },
    { write: (line: string) => void lines.push(JSON.parse(line)) },
  );
  let now = 0;
  const say = problemLog(log, () => now);
  for (let i = 0; i < 1_000; i++) say("its alg is not its key's");
  say("its kid is not known");
  expect(lines.map(({ problem }) => problem)).toEqual(["its alg is not its key's", "its kid is not known"]);
  now = 10_000;
  say("its alg is not its key's");
  expect(lines.at(-1)).toMatchObject({ unsaid: 999 });
});
