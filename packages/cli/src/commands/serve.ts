import { spawn } from "node:child_process";
import { resolve } from "node:path";
import type { ConfigFlags, Gateway } from "@signalbox/gateway";
import type { Command } from "commander";
import { defaultPort } from "../doctor/gateway.ts";
import { exitCodes, Failure } from "../failure.ts";
import type { Io } from "../io.ts";
import { parsePort } from "../parse.ts";
import { openGateway } from "../serve/open-gateway.ts";

interface ServeFlags {
  port?: number;
  host?: string;
  dataDir?: string;
  config?: string;
  tlsCert?: string;
  tlsKey?: string;
  json?: true;
  open?: true;
}

export function addServe(program: Command, io: Io): void {
  program
    .command("serve")
    .summary("start the gateway")
    .description(
      "Starts the gateway and prints a link that opens the dashboard. Only this machine can reach it unless --host says " +
        "otherwise. Commands on this machine find it by themselves. Ctrl-C stops it; what was published is kept.",
    )
    .option("--port <port>", `port to listen on (default: ${defaultPort}, or the next free one)`, parsePort)
    .option("--host <address>", "address to listen on (default: 127.0.0.1)")
    .option("--data-dir <dir>", "where events and the token are kept (default: .signalbox)")
    .option("--config <file>", "configuration file (default: signalbox.config.json, if there is one)")
    .option("--tls-cert <file>", "serve https with this certificate; with --tls-key, and read again when it changes")
    .option("--tls-key <file>", "the certificate's key")
    .option("--json", "print one line of JSON when ready: url, token, port, host, dataDir, pid")
    .option("--open", "open the dashboard in the browser")
    .addHelpText(
      "after",
      `
Environment: SIGNALBOX_PORT, SIGNALBOX_HOST, SIGNALBOX_DATA_DIR, SIGNALBOX_CONFIG, SIGNALBOX_REDIS_URL (what nodes share, instead of
a store in the data directory), SIGNALBOX_NODE_URL (where they reach this one), SIGNALBOX_AMQP_URL (RabbitMQ, whose queue is
read), SIGNALBOX_ADMIN_TOKEN (the token to use).

Examples:
  signalbox serve
  signalbox serve --port 8000 --data-dir /var/lib/signalbox
  signalbox serve --host 0.0.0.0 --tls-cert fullchain.pem --tls-key privkey.pem
  signalbox serve --json | jq -r .url`,
    )
    .action((flags: ServeFlags) => serve(flags, io));
}

async function serve(flags: ServeFlags, io: Io): Promise<void> {
  const config: ConfigFlags = {
    ...(flags.port === undefined ? {} : { port: flags.port }),
    ...(flags.host === undefined ? {} : { host: flags.host }),
    ...(flags.dataDir === undefined ? {} : { dataDir: resolve(io.cwd, flags.dataDir) }),
    ...(flags.config === undefined ? {} : { config: flags.config }),
    ...tlsOf(flags),
  };
  const { gateway, wantedPort, close } = await openGateway(config, io);
  const stopped = untilSignal(close);
  const { url, token, port, host, dataDir } = gateway;
  if (flags.json) {
    io.out.line(JSON.stringify({ url, token, port, host, dataDir, pid: process.pid }));
  } else {
    if (wantedPort !== 0 && port !== wantedPort)
      io.out.line(`port ${wantedPort} is taken: listening on ${port} instead`);
    print(gateway, io);
  }
  if (flags.open) openBrowser(link(gateway), io);
  await stopped;
}

function tlsOf({ tlsCert, tlsKey }: ServeFlags): ConfigFlags {
  if (tlsCert === undefined && tlsKey === undefined) return {};
  if (tlsCert !== undefined && tlsKey !== undefined) return { tls: { certFile: tlsCert, keyFile: tlsKey } };
  throw new Failure("--tls-cert and --tls-key need each other", "Give both files.", exitCodes.usage);
}

const link = ({ url, token }: Gateway): string => `${url}/#token=${token}`;

function print(gateway: Gateway, io: Io): void {
  const { paint } = io.out;
  io.out.line(`${paint.bold("Signalbox")} runs at ${paint.cyan(paint.underline(link(gateway)))}`);
  io.out.line(paint.dim(`  events are kept in ${gateway.dataDir}`));
  io.out.line(paint.dim("  in another terminal: signalbox run -- COMMAND, or signalbox demo. Ctrl-C stops."));
}

/** The first signal closes; the second ends at once. */
function untilSignal(close: () => Promise<void>): Promise<void> {
  return new Promise((done, failed) => {
    let count = 0;
    const onSignal = (): void => {
      if (count++ > 0) process.exit(1);
      close().then(done, failed);
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, onSignal);
  });
}

function openBrowser(url: string, io: Io): void {
  const [command, ...args] = { darwin: ["open"], win32: ["cmd", "/c", "start", ""] }[process.platform as "darwin"] ?? [
    "xdg-open",
  ];
  const browser = spawn(command ?? "xdg-open", [...args, url], { stdio: "ignore", detached: true });
  browser.once("error", (error) =>
    io.err.line(`no browser could be opened (${error.message}): open the link yourself`),
  );
  browser.unref();
}
