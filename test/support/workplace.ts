/**
 * A gateway of its own and a folder in which people work with the `signalbox` command: a runner there, and what it runs. All
 * of it is gone after `close`.
 */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Publication } from "@signalbox/protocol";
import { cli, type Running } from "./cli.ts";
import { type Gateway, startGateway } from "./gateway.ts";
import { history } from "./http.ts";
import { issuer } from "./issuer.ts";
import { until } from "./until.ts";

export type Data = Record<string, unknown>;

export interface Runner extends Running {
  /** What it said of this kind so far. */
  notices(what: string): Data[];
}

export class Workplace {
  readonly gateway: Gateway;
  readonly folder: string;
  readonly #running: Running[] = [];

  /** The gateway takes the tokens of issuer.ts. */
  static async open(): Promise<Workplace> {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "signalbox-workplace-")));
    const config = join(folder, "gateway.json");
    writeFileSync(config, JSON.stringify({ jwt: [issuer] }));
    return new Workplace(await startGateway({ args: ["--config", config] }), folder);
  }

  private constructor(gateway: Gateway, folder: string) {
    this.gateway = gateway;
    this.folder = folder;
  }

  async close(): Promise<void> {
    for (const { process } of this.#running) process.kill("SIGKILL");
    await Promise.all(this.#running.map(({ ended }) => ended));
    await this.gateway.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  command(...args: string[]): Running {
    return this.#begin(args);
  }

  /** Runs to its end. */
  async done(...args: string[]): Promise<{ code: number | string; out: string; err: string }> {
    const started = this.#begin(args);
    return { code: await started.ended, out: started.stdout(), err: started.stderr() };
  }

  /** `runner-ci`; resolves when its lease is held. */
  async runner(
    recipes: object,
    more: object = {},
    flags: string[] = [],
    env: Record<string, string> = {},
  ): Promise<Runner> {
    writeFileSync(join(this.folder, "signalbox.runner.json"), JSON.stringify({ name: "ci", recipes, ...more }));
    const started = this.#begin(["runner", "--json", ...flags], env);
    await started.until((text) => text.includes('"state":"held"'));
    const notices = (what: string): Data[] =>
      started
        .stdout()
        .split("\n")
        .filter((line) => line.startsWith("{"))
        .map((line): Data => JSON.parse(line))
        .filter((notice) => notice.what === what);
    return { ...started, notices };
  }

  async start(...args: string[]): Promise<{ channel: string; pid: number }> {
    const { code, out, err } = await this.done("start", ...args, "--json");
    if (code !== 0) throw new Error(`signalbox start ${args.join(" ")}: ${code} ${err}`);
    return JSON.parse(out);
  }

  async events(channel: string, type: string): Promise<Array<Publication<string, Data>>> {
    const all = await history(this.gateway, channel);
    return all.filter((event): event is Publication<string, Data> => event.type === type);
  }

  async outputs(channel: string): Promise<unknown[]> {
    return (await this.events(channel, "process_output")).map(({ data }) => data.output);
  }

  printed(channel: string, text: string): Promise<void> {
    return until(`${channel} printed ${text}`, async () => (await this.outputs(channel)).includes(text));
  }

  /** How it ended; rejects if that was said twice. */
  async stopped(channel: string): Promise<Data> {
    await until(`${channel} stopped`, async () => (await this.events(channel, "process_stopped")).length > 0);
    const [first, second] = await this.events(channel, "process_stopped");
    if (first === undefined || second !== undefined) throw new Error(`${channel} has not stopped once`);
    return first.data;
  }

  #begin(args: readonly string[], more: Record<string, string> = {}): Running {
    const env = { SIGNALBOX_URL: this.gateway.url, SIGNALBOX_TOKEN: this.gateway.token, ...more };
    const started = cli(args, { cwd: this.folder, env });
    this.#running.push(started);
    return started;
  }
}

/** A Node program as a recipe; its end is the test's to bring about. */
export const node = (script: string, more: object = {}): object => ({
  command: process.execPath,
  args: ["-e", script],
  ...more,
});

/** Says what it hears, and that it was told to end. */
export const echo = `
  process.stdin.on("data", (data) => console.log("heard " + JSON.stringify(data.toString())));
  process.stdin.on("end", () => console.log("no more"));
  process.on("SIGTERM", () => { console.log("asked to end"); process.exit(0); });
  setInterval(() => {}, 1e6);
  console.log("ready");`;
