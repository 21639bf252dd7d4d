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
  /** Another configuration without a pause, as `systemctl reload` does it; resolves when it is in force. */
  reload(setup?: Setup): Promise<void>;
  stop(): Promise<void>;
}

interface Setup {
  /** As docs/proxies.md says for a gateway that is not at the root: `/signalbox`. */
  prefix?: string;
  /** In the place of the documented setup the shortest one that passes requests on, with these lines besides. */
  plain?: readonly string[];
}

interface Wanted extends Setup {
  /** The gateway's port. */
  target: number;
  /** Default: a free one. */
  port?: number;
  /** Without TLS requests can be written by hand. */
  tls: boolean;
}

export type StartReverseProxy = (wanted: Wanted) => Promise<ReverseProxy>;

/** Text that must be there, so that documentation and tests cannot part. */
export function replaced(text: string, changes: ReadonlyArray<readonly [from: string, to: string]>): string {
  let now = text;
  for (const [from, to] of changes) {
    if (!now.includes(from)) throw new Error(`the documented configuration has no longer: ${from}`);
    now = now.replaceAll(from, to);
  }
  return now;
}

const nginxSite = ({ target, tls }: Wanted, { prefix, plain }: Setup, { port, certificate }: Place): string =>
  plain
    ? `server {
        listen 127.0.0.1:${port}${tls ? " ssl http2" : ""};
        ssl_certificate ${certificate.certFile};
        ssl_certificate_key ${certificate.keyFile};
        location / {
          proxy_pass http://127.0.0.1:${target};
          ${plain.join("\n")}
        }
      }`
    : replaced(documented("nginx.conf"), [
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

/** `site`: what belongs in its `http` block. */
export const nginx = (site: (place: Place, setup: Setup) => string): Program => ({
  reload: "SIGHUP",
  args: ({ folder }) => ["-e", "stderr", "-p", folder, "-c", join(folder, "nginx.conf")],
  configure: (place, setup) => {
    const { folder } = place;
    const temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
      (name) => `${name}_temp_path ${folder}/${name};`,
    );
    // What surrounds a site in Debian's own nginx.conf, and this folder instead of /var.
    const main = `
      daemon off;
      worker_processes 1;
      pid ${folder}/nginx.pid;
      error_log stderr notice;
      ${process.getuid?.() === 0 ? "user root;" : ""}
      events { worker_connections 1024; }
      http {
        access_log off;
        ${temp.join("\n")}
        sendfile on;
        tcp_nopush on;
        gzip on;
        ${site(place, setup)}
      }`;
    writeFileSync(join(folder, "nginx.conf"), main);
  },
  // Until the former worker stops to listen it gets connections as well.
  isLoaded: (logs, again) => logs.includes(again ? "gracefully shutting down" : "start worker process "),
});

export const startNginx: StartReverseProxy = (wanted) =>
  startProxy(
    "nginx",
    wanted,
    nginx((place, setup) => nginxSite(wanted, setup, place)),
  );

const haproxySite = (
  { target, tls }: Wanted,
  { prefix, plain }: Setup,
  { folder, port, certificate }: Place,
): string => {
  const both = join(folder, "both.pem");
  writeFileSync(both, certificate.cert + readFileSync(certificate.keyFile, "utf8"));
  const ours = `bind 127.0.0.1:${port}${tls ? ` ssl crt ${both} alpn h2,http/1.1` : ""}`;
  // The times are those of Debian's own haproxy.cfg.
  if (plain) {
    return `
defaults
    mode http
    timeout connect 5000
    timeout client 50000
    timeout server 50000
frontend public
    ${ours}
    default_backend signalbox
backend signalbox
    ${plain.join("\n    ")}
    server local 127.0.0.1:${target}
`;
  }
  const rule = `http-request replace-path ^${prefix}/(.*) /\\1`;
  return replaced(documented("haproxy.cfg"), [
    ["bind :443 ssl crt /etc/ssl/signalbox/fullchain-and-key.pem alpn h2,http/1.1", ours],
    ["server local 127.0.0.1:7400", `server local 127.0.0.1:${target}`],
    ...(prefix === undefined
      ? []
      : ([["default_backend signalbox", `${rule}\n    default_backend signalbox`]] as const)),
  ]);
};

/** `text`: its whole configuration. */
export const haproxy = (text: (place: Place, setup: Setup) => string): Program => ({
  reload: "SIGUSR2",
  args: ({ folder }) => ["-W", "-db", "-f", join(folder, "haproxy.cfg")],
  configure: (place, setup) => writeFileSync(join(place.folder, "haproxy.cfg"), text(place, setup)),
  isLoaded: (logs, again) => logs.includes("Loading success") && (!again || logs.includes("Proxy public stopped")),
});

export const startHaproxy: StartReverseProxy = (wanted) =>
  startProxy(
    "haproxy",
    wanted,
    haproxy((place, setup) => haproxySite(wanted, setup, place)),
  );

export interface Place {
  folder: string;
  port: number;
  certificate: TestCertificate;
}

export interface Program {
  /** The signal after which it reads its configuration again. */
  reload: NodeJS.Signals;
  args(place: Place): string[];
  configure(place: Place, setup: Setup): void;
  /** It has read its configuration, by what it printed since it was started or got the signal; earlier signals it misses. */
  isLoaded(logs: string, again: boolean): boolean;
}

/** Resolves when it accepts connections. */
export async function startProxy(
  name: string,
  { port: chosen, tls, prefix, plain }: Pick<Wanted, "port" | "tls" | "prefix" | "plain">,
  { reload, args, configure, isLoaded }: Program,
): Promise<ReverseProxy> {
  const program = programPath([name]);
  if (program === undefined) throw new Error(`There is no ${name}; \`npm test\` installs it on Debian.`);
  const folder = mkdtempSync(join(tmpdir(), `signalbox-${name}-`));
  const port = chosen ?? (await freePort());
  const place = { folder, port, certificate: makeCertificate(folder, "proxy") };
  configure(place, { ...(prefix === undefined ? {} : { prefix }), ...(plain === undefined ? {} : { plain }) });
  const child = spawn(program, args(place), { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  // It takes its workers with it, which SIGKILL would leave.
  const kill = (): boolean => child.kill("SIGTERM");
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
      return isLoaded(logs, false) && (await accepts(port));
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    port,
    url: `${tls ? "https" : "http"}://localhost:${port}`,
    certificate: place.certificate,
    logs: () => logs,
    reload: async (setup = {}) => {
      configure(place, setup);
      const before = logs.length;
      child.kill(reload);
      await until(`${name} has its new configuration`, () => {
        if (child.exitCode !== null) throw new Error(`${name} ended: ${logs}`);
        return isLoaded(logs.slice(before), true);
      });
    },
    stop,
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
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
