/** Webhooks from the command line, with a real receiver. */
import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Cli } from "./cli.ts";

let cli: Cli;
let receiver: Server;
let status = 204;
let url = "";

beforeAll(async () => {
  cli = new Cli();
  receiver = createServer((request, response) => {
    request.resume();
    response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  writeFileSync(join(cli.cwd, "signalbox.config.json"), JSON.stringify({ notifications: { allow: ["127.0.0.1"] } }));
  await cli.serve();
});

afterAll(async () => {
  receiver?.close();
  await cli?.remove();
});

test("§15.5 webhooks are added, listed, tried, given another secret and removed", async () => {
  expect((await cli.run(["webhooks"])).stderr).toContain("no webhooks");
  const added = await cli.run(["webhooks", "add", url, "--notify", "trouble", "--delay", "60", "--label", "pager"]);
  expect(added).toMatchObject({ code: 0, stdout: expect.stringMatching(/^whsec_[A-Za-z0-9+/=]{44}\n$/) });
  const listed = await cli.run(["webhooks", "--json"]);
  const one = JSON.parse(listed.stdout);
  expect(one).toMatchObject({ url, notify: ["trouble"], delayMs: 60_000, label: "pager", paused: false });
  expect(listed.stdout).not.toContain("whsec_");
  expect((await cli.run(["webhooks"])).stdout).toMatch(/ID .*\n.*\/hook +trouble +60 s +never +active\n$/);
  expect(await cli.run(["webhooks", "test", one.id])).toMatchObject({
    code: 0,
    stderr: expect.stringContaining("status 204"),
  });
  status = 500;
  expect(await cli.run(["webhooks", "test", one.id, "--json"])).toMatchObject({
    ...{ code: 1, stdout: expect.stringContaining('"status":500') },
    stderr: expect.stringContaining("answered 500"),
  });
  const rotated = await cli.run(["webhooks", "rotate", one.id, "--json"]);
  expect(JSON.parse(rotated.stdout)).toMatchObject({ secret: expect.stringMatching(/^whsec_/) });
  expect(JSON.parse(rotated.stdout).secret).not.toBe(added.stdout.trim());
  expect((await cli.run(["webhooks", "remove", one.id])).code).toBe(0);
  expect(await cli.run(["webhooks", "remove", one.id])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("no such webhook"),
  });
});

test("A34 an address within is refused, with what would allow it", async () => {
  const { code, stderr } = await cli.run(["webhooks", "add", "https://10.0.0.7/x"]);
  expect(code).toBe(1);
  expect(stderr).toContain("notifications.allow");
});
