/** nginx and haproxy as docs/proxies/ sets them up, in front of a test's gateway: only ports and paths are other ones. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { makeCertificate, type TestCertificate } from "../../packages/gateway/test/support/certificate.ts";
import { programPath } from "../../scripts/setup-system.ts";
import { until } from "./until.ts";

const documented = (name: string): string =>
  readFileSync(resolve(import.meta.dirname, "../../docs/proxies", name), "utf8");

export interface ReverseProxy {
  readonly port: number;
  /** With https if the proxy ends TLS. */
  readonly url: string;
  readonly certificate: TestCertificate;
  /** What it printed. */
  logs(): string;
  stop(): Promise<void>;
}

interface Wanted {
  /** The gateway's port. */
  target: number;
  /** Default: a free one. */
  port?: number;
  /** Without TLS requests can be written by hand. */
  tls: boolean;
  /** As docs/proxies.md says for a gateway that is not at the root: `/signalbox`. */
  prefix?: string;
}

export type StartReverseProxy = (wanted: Wanted) => Promise<ReverseProxy>;

/** Text that must be there, so that documentation and tests cannot part. */
function replaced(text: string, changes: ReadonlyArray<readonly [from: string, to: string]>): string {
  let now = text;
  for (const [from, to] of changes) {
    if (!now.includes(from)) throw new Error(`the documented configuration has no longer: ${from}`);
    now = now.replaceAll(from, to);
  }
  return now;
}

export const startNginx: StartReverseProxy = (wanted) =>
  start("nginx", wanted, ({ folder, port, certificate }) => {
    const { target, tls, prefix } = wanted;
    const site = replaced(documented("nginx.conf"), [
      ["server 127.0.0.1:7400;", `server 127.0.0.1:${target};`],
      ["listen 443 ssl http2;", `listen 127.0.0.1:${port}${tls ? " ssl http2" : ""};`],
      ["/etc/ssl/signalbox/fullchain.pem", certificate.certFile],
      ["/etc/ssl/signalbox/privkey.pem", certificate.keyFile],
      ...(prefix === undefined
        ? []
        : ([
            ["location / {", `location ${prefix}/ {`],
            ["proxy_pass http://signalbox;", "proxy_pass http://signalbox/;"],
          ] as const)),
    ]);
    writeFileSync(join(folder, "site.conf"), site);
    const temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
      (name) => `${name}_temp_path ${folder}/${name};`,
    );
    // What surrounds a site in Debian's own nginx.conf, and this folder instead of /var.
    const main = `
      daemon off;
      master_process off;
      pid ${folder}/nginx.pid;
      error_log stderr warn;
      ${process.getuid?.() === 0 ? "user root;" : ""}
      events { worker_connections 1024; }
      http {
        access_log off;
        ${temp.join("\n")}
        sendfile on;
        tcp_nopush on;
        gzip on;
        include site.conf;
      }`;
    writeFileSync(join(folder, "nginx.conf"), main);
    return ["-e", "stderr", "-p", folder, "-c", join(folder, "nginx.conf")];
  });

export const startHaproxy: StartReverseProxy = (wanted) =>
  start("haproxy", wanted, ({ folder, port, certificate }) => {
    const { target, tls, prefix } = wanted;
    const both = join(folder, "both.pem");
    writeFileSync(both, certificate.cert + readFileSync(certificate.keyFile, "utf8"));
    const bind = "bind :443 ssl crt /etc/ssl/signalbox/fullchain-and-key.pem alpn h2,http/1.1";
    const rule = `http-request replace-path ^${prefix}/(.*) /\\1`;
    const config = replaced(documented("haproxy.cfg"), [
      [bind, tls ? `bind 127.0.0.1:${port} ssl crt ${both} alpn h2,http/1.1` : `bind 127.0.0.1:${port}`],
      ["server local 127.0.0.1:7400", `server local 127.0.0.1:${target}`],
      ...(prefix === undefined
        ? []
        : ([["default_backend signalbox", `${rule}\n    default_backend signalbox`]] as const)),
    ]);
    writeFileSync(join(folder, "haproxy.cfg"), config);
    return ["-db", "-f", join(folder, "haproxy.cfg")];
  });

interface Place {
  folder: string;
  port: number;
  certificate: TestCertificate;
}

/** Resolves when it accepts connections. */
async function start(
  name: string,
  { port: chosen, tls }: Wanted,
  configure: (place: Place) => string[],
): Promise<ReverseProxy> {
  const program = programPath([name]);
  if (program === undefined) throw new Error(`There is no ${name}; \`npm test\` installs it on Debian.`);
  const folder = mkdtempSync(join(tmpdir(), `signalbox-${name}-`));
  const port = chosen ?? (await freePort());
  const certificate = makeCertificate(folder, "proxy");
  const child = spawn(program, configure({ folder, port, certificate }), {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const kill = (): boolean => child.kill("SIGKILL");
  process.once("exit", kill);
  let logs = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (logs += text));
  const stop = async (): Promise<void> => {
    process.off("exit", kill);
    await end(child);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await until(`${name} accepts connections`, async () => {
      if (child.exitCode !== null) throw new Error(`${name} ended: ${logs}`);
      return await accepts(port);
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, url: `${tls ? "https" : "http"}://localhost:${port}`, certificate, logs: () => logs, stop };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return address.port;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
