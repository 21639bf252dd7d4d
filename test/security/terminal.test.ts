/** The command line on a terminal's side: what agents said comes out as text, whatever it was. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cli } from "../support/cli.ts";
import { post } from "../support/http.ts";
import { startTarget, type Target } from "./support/target.ts";

let target: Target;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-terminal-"));
  target = await startTarget();
});
afterAll(async () => {
  await target?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const obeyed = [
  "\u001b]52;c;ZXZpbA==\u0007",
  "\u001b]8;;http://evil.test\u0007a\u001b]8;;\u0007",
  "\u001b]0;title\u001b\\",
  "\u001b[2J\u001b[H",
  "\u001b[6n",
  "\u001b[?1049h",
  "\u009d52;c;ZXZpbA==\u009c",
  "\u009b2J",
  "\u001bP+q544e\u001b\\",
  "\u001bc",
  "\u202etxt.exe\u2066",
  "a\b\b\bb",
  "\u0000\u0007\u007f",
  "\r\nforged line",
];
const end = "the end of it";
const colour = new RegExp(`${String.fromCharCode(27)}\\[[0-9;:]*m`, "g");

test("A29 no command prints what a terminal would obey, not even where events cut it", {
  timeout: 90_000,
}, async () => {
  const output = (text: string, more: object = {}): object => ({
    type: "process_output",
    data: { processId: "p1", line: 1, output: text, stream: "stdout", ...more },
  });
  const cuts = obeyed.flatMap((text) =>
    Array.from({ length: text.length - 1 }, (_, at) => [
      output(text.slice(0, at + 1), { partial: true }),
      output(`${text.slice(at + 1)}.`),
    ]).flat(),
  );
  await post(target, "/v1/events", [
    ...obeyed.map((text) => output(text)),
    ...cuts,
    ...obeyed.map((text) => ({ type: "note", channel: "agent:a", data: { [text]: text, list: [text] } })),
    ...obeyed.map((text) => ({ type: "agent_error", data: { agentId: "a", error: text } })),
    output(end),
    { type: "note", channel: "agent:a", data: { text: end } },
  ]);
  const env = { SIGNALBOX_URL: target.url, SIGNALBOX_TOKEN: target.token };
  for (const args of [
    ["tail", "process:p1", "--since", "earliest", "--no-follow"],
    ["tail", "agent:a", "--since", "earliest", "--no-follow"],
    ["channels"],
  ]) {
    const run = cli(args, { cwd: folder, env: { ...env, FORCE_COLOR: "1" } });
    expect(await run.ended, run.stderr()).toBe(0);
    const printed = run.stdout() + run.stderr();
    expect(printed.length).toBeGreaterThan(10);
    if (args[0] === "tail") expect(printed).toContain(end);
    // Colours may stay: they end by themselves.
    const rest = printed.replaceAll(colour, "");
    expect([
      args,
      rest.match(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu)?.filter((letter) => !"\n\t".includes(letter)) ?? [],
    ]).toEqual([args, []]);
    // A line that an event's text begins by itself looks like another event's.
    if (args[1] === "agent:a") expect(rest.split("\n").filter((line) => line.startsWith("forged"))).toEqual([]);
  }
});

test("A29 the gateway's own log stays one line of JSON per record, whoever asks for what", async () => {
  for (const text of ["%0a{%22level%22:%22info%22}", "%1b]0;a%07", "%e2%80%ae"]) {
    await fetch(`${target.url}/v1/channels/${text}/events?since=${text}`, {
      headers: { authorization: `Bearer ${text}` },
    });
    await fetch(`${target.url}/v1/info`, { headers: { authorization: "Bearer \u009b31m", "user-agent": "\u009b31m" } });
  }
  const lines = target.logs().trimEnd().split("\n");
  expect(lines.length).toBeGreaterThan(1);
  for (const line of lines) {
    expect(JSON.parse(line)).toBeTypeOf("object");
    expect(line).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
  }
});
