/** Runs the examples of README.md and docs/, file by file and in their order, against a real gateway. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkable, type DocExample, docExamples } from "../scripts/doc-examples.ts";
import { root } from "../scripts/repository.ts";
import { type Gateway, startGateway, withoutOurs } from "./support/gateway.ts";
import { checkPageTypes } from "./support/page-types.ts";

const endsWithinMs = 60_000;

interface Ended {
  code: number | null;
  output: string;
  /** The text it should print was seen; it may have been stopped since. */
  seen: boolean;
}

/** Runs until it ends, or until it printed what it should; then it and all it started are killed. */
function play(command: string, args: string[], cwd: string, env: NodeJS.ProcessEnv, text?: string): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const seen = (): boolean => text !== undefined && output.includes(text);
    const killAll = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      } catch {
        // The whole group has ended by itself.
      }
    };
    const overdue = setTimeout(killAll, endsWithinMs);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (piece: string) => {
        output += piece;
        if (seen()) killAll();
      });
    }
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(overdue);
      killAll();
      resolve({ code, output, seen: seen() });
    });
  });
}

const files = Map.groupBy(docExamples(), (example) => example.file);

test("README.md has examples that are run", () => {
  expect(files.has("README.md")).toBe(true);
});

describe.each([...files])("the examples of %s", (_file, examples) => {
  let gateway: Gateway;
  /** Stands for a checkout: a folder of its own, with the installed packages. */
  let place: string;

  beforeAll(async () => {
    gateway = await startGateway();
    place = mkdtempSync(join(tmpdir(), "signalbox-docs-"));
    symlinkSync(join(root, "node_modules"), join(place, "node_modules"));
  });

  afterAll(async () => {
    if (place) rmSync(place, { recursive: true, force: true });
    await gateway?.stop();
  });

  const environment = (): NodeJS.ProcessEnv => ({
    ...withoutOurs(process.env),
    PATH: [join(root, "node_modules/.bin"), process.env.PATH ?? ""].join(delimiter),
    SIGNALBOX_URL: gateway.url,
    SIGNALBOX_TOKEN: gateway.token,
    // Spools of these examples are nobody else's.
    XDG_STATE_HOME: join(place, "state"),
    // What npx does not find here it must not fetch from a registry.
    npm_config_offline: "true",
  });

  const playExample = ({ language, name, text, expect: awaited }: DocExample): Promise<Ended> => {
    if (language === "sh") return play("bash", ["-euo", "pipefail", "-c", text], place, environment(), awaited);
    const file = join(place, `${name}.ts`);
    writeFileSync(file, text);
    return play(process.execPath, ["--conditions=source", file], place, environment(), awaited);
  };

  const parts = examples.filter(({ language }) => checkable.includes(language));
  const played = examples.filter((example) => !parts.includes(example));

  test.runIf(parts.length > 0)("parts of pages fit the packages", async () => {
    for (const { name, language, text } of parts) writeFileSync(join(place, `${name}.${language}`), text);
    expect(await checkPageTypes(place)).toBe("");
  });

  test.each(played.map((example) => [example.name, example] as const))("%s", async (_name, example) => {
    const { code, output, seen } = await playExample(example);
    if (example.expect === undefined) expect(code, output).toBe(0);
    else expect(seen, `"${example.expect}" was not printed:\n${output}`).toBe(true);
  });
});
