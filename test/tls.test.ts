/** `signalbox serve` with a certificate, and the commands that find it. */
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeCertificate, type TestCertificate } from "../packages/gateway/test/support/certificate.ts";
import { cli, type Running } from "./support/cli.ts";
import { type Gateway, startGateway } from "./support/gateway.ts";
import { until } from "./support/until.ts";

let folder: string;
let files: TestCertificate;
let gateway: Gateway;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-tls-"));
  files = makeCertificate(folder, "served");
  const flags = ["--tls-cert", files.certFile, "--tls-key", files.keyFile];
  gateway = await startGateway({ dataDir: join(folder, ".signalbox"), args: flags });
});
afterAll(async () => {
  await gateway?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** In the folder where the gateway's file is, trusting one certificate more. */
const command = (args: string[], trusted: string = files.certFile): Running =>
  cli(args, { cwd: folder, env: { NODE_EXTRA_CA_CERTS: trusted } });

test("commands find a gateway that serves https, and publish, watch and diagnose", async () => {
  expect(gateway.url).toBe(`https://127.0.0.1:${gateway.port}`);
  const said = command(["publish", "agent:tls", "note", '{"n":1}']);
  expect(await said.ended, said.stderr()).toBe(0);
  for (const transport of ["websocket", "sse", "poll"]) {
    const tail = command(["tail", "agent:tls", "--since", "earliest", "--json", "--transport", transport]);
    await tail.until((text) => text.includes('"n":1'));
    tail.process.kill();
    await tail.ended;
  }
  const doctor = command(["doctor", "--json"]);
  await doctor.ended;
  const { checks } = JSON.parse(doctor.stdout()) as { checks: Array<{ name: string; status: string }> };
  expect(checks.filter(({ name }) => name === "gateway" || name === "token").map(({ status }) => status)).toEqual([
    "ok",
    "ok",
  ]);
});

test("who watches goes on watching when the certificate changes, and newcomers need the new one", async () => {
  const tail = command(["tail", "agent:renewed", "--since", "earliest", "--json"]);
  await command(["publish", "agent:renewed", "note", '{"n":1}']).ended;
  await tail.until((text) => text.includes('"n":1'));
  const second = makeCertificate(folder, "second");
  copyFileSync(second.certFile, files.certFile);
  copyFileSync(second.keyFile, files.keyFile);
  await until("the new certificate is served", async () => {
    const said = command(["publish", "agent:renewed", "note", '{"n":2}', "--key", "once"], second.certFile);
    return (await said.ended) === 0;
  });
  await tail.until((text) => text.includes('"n":2'));
  expect(tail.stderr()).toBe("");
  tail.process.kill();
  await tail.ended;
});
