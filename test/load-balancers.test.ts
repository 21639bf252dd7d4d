/** The files of examples/load-balancers are ones that Debian's nginx and haproxy take, in each of their variants. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeCertificate, type TestCertificate } from "../packages/gateway/test/support/certificate.ts";
import { programPath } from "../scripts/setup-system.ts";

const example = (name: string): string =>
  readFileSync(join(import.meta.dirname, "../examples/load-balancers", name), "utf8");

let folder: string;
let certificate: TestCertificate;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-balancers-"));
  certificate = makeCertificate(folder, "balancer");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Exit code and everything it said. */
async function check(program: string, args: string[]): Promise<{ code: number; said: string }> {
  const path = programPath([program]);
  if (path === undefined) throw new Error(`There is no ${program}; \`npm test\` installs it on Debian.`);
  const ran = promisify(execFile)(path, args, { cwd: folder });
  return ran.then(
    ({ stdout, stderr }) => ({ code: 0, said: stdout + stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      code: error.code,
      said: error.stdout + error.stderr,
    }),
  );
}

const variants = ["signalbox", "signalbox_by_source", "signalbox_by_cookie"];

function changed(text: string, changes: ReadonlyArray<readonly [from: string, to: string]>): string {
  let now = text;
  for (const [from, to] of changes) {
    expect(now).toContain(from);
    now = now.replaceAll(from, to);
  }
  return now;
}

test.each(variants)("nginx takes its file with %s", async (variant) => {
  const site = changed(example("nginx.conf"), [
    ["proxy_pass http://signalbox;", `proxy_pass http://${variant};`],
    [
      "# add_header Set-Cookie",
      variant === "signalbox_by_cookie" ? "add_header Set-Cookie" : "# add_header Set-Cookie",
    ],
    ["/etc/ssl/signalbox/fullchain.pem", certificate.certFile],
    ["/etc/ssl/signalbox/privkey.pem", certificate.keyFile],
  ]);
  const temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  const main = `pid ${folder}/nginx.pid; error_log stderr; events {} http { access_log off; ${temp.join(" ")}\n${site}\n}`;
  writeFileSync(join(folder, "nginx.conf"), main);
  const { code, said } = await check("nginx", ["-t", "-e", "stderr", "-p", folder, "-c", join(folder, "nginx.conf")]);
  expect([code, said]).toEqual([0, expect.stringContaining("test is successful")]);
  expect(said).not.toContain("[warn]");
});

test.each(variants)("haproxy takes its file with %s", async (variant) => {
  const both = join(folder, "both.pem");
  writeFileSync(both, certificate.cert + readFileSync(certificate.keyFile, "utf8"));
  const text = changed(example("haproxy.cfg"), [
    ["default_backend signalbox\n", `default_backend ${variant}\n`],
    ["/etc/ssl/signalbox/fullchain-and-key.pem", both],
    ["/run/haproxy/admin.sock", join(folder, "admin.sock")],
  ]);
  const file = join(folder, "haproxy.cfg");
  writeFileSync(file, text);
  const { code, said } = await check("haproxy", ["-c", "-f", file]);
  expect([code, said]).toEqual([0, expect.stringContaining("Configuration file is valid")]);
  expect(said).not.toMatch(/\[WARNING\]|\[ALERT\]/);
});
