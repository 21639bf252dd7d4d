/** A real RabbitMQ of a test's own: on loopback and free ports, with its own directory, gone when the test is. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { programPath } from "../../scripts/setup-system.ts";
import { quietPort } from "./quiet-port.ts";
import { until } from "./until.ts";

/** The program itself: the one on PATH changes to a user of its own when root starts it. */
const server = "/usr/lib/rabbitmq/bin/rabbitmq-server";

export interface RabbitMq {
  readonly url: string;
  readonly port: number;
  /** Everything it printed, over all its lives. */
  logs(): string;
  /** SIGKILL; resolves when the process is gone. What was durable is there after `start`. */
  kill9(): Promise<void>;
  /** On the same ports and directory. Resolves when it accepts connections. */
  start(): Promise<void>;
  /** Messages in a queue, by its own count: `undefined` while there is no such queue. */
  messages(queue: string): Promise<number | undefined>;
  /** Ends it and everything that belongs to it. */
  stop(): Promise<void>;
}

/** Some seconds, 150 MB. */
export async function startRabbitMq(): Promise<RabbitMq> {
  const epmd = programPath(["epmd"]);
  if (epmd === undefined) throw new Error("There is no epmd; `npm test` installs RabbitMQ on Debian.");
  const folder = mkdtempSync(join(tmpdir(), "signalbox-rabbitmq-"));
  const [port, epmdPort, peerPort] = [await quietPort(), await quietPort(), await quietPort()];
  const at = (name: string): string => join(folder, name);
  for (const name of ["home", "mnesia", "log"]) mkdirSync(at(name));
  writeFileSync(at("enabled_plugins"), "[].\n");
  const settings = [
    "vm_memory_high_watermark.absolute = 512MB",
    "disk_free_limit.absolute = 1MB",
    "log.console.level = warning",
  ];
  writeFileSync(at("rabbitmq.conf"), `${settings.join("\n")}\n`);
  const env = {
    PATH: process.env.PATH,
    LANG: "C.UTF-8",
    HOME: at("home"),
    ERL_EPMD_PORT: String(epmdPort),
    ERL_EPMD_ADDRESS: "127.0.0.1",
    RABBITMQ_CONF_ENV_FILE: "/dev/null",
    RABBITMQ_CONFIG_FILE: at("rabbitmq.conf"),
    RABBITMQ_ENABLED_PLUGINS_FILE: at("enabled_plugins"),
    RABBITMQ_MNESIA_BASE: at("mnesia"),
    RABBITMQ_LOG_BASE: at("log"),
    RABBITMQ_LOGS: "-",
    RABBITMQ_PID_FILE: at("pid"),
    RABBITMQ_NODENAME: `signalbox${port}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: "127.0.0.1",
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_DIST_PORT: String(peerPort),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "-kernel inet_dist_use_interface {127,0,0,1} -start_epmd false +S 1:1",
    // The server takes the place of its shell, so that this child is it.
    RUNNING_UNDER_SYSTEMD: "yes",
  };
  let logs = "";
  const run = (program: string, args: string[]): ChildProcess => {
    const child = spawn(program, args, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        logs += text;
      });
    }
    return child;
  };
  // In the foreground: started by Erlang it would be a daemon that outlives everybody.
  const mapper = run(epmd, ["-port", String(epmdPort), "-address", "127.0.0.1"]);
  let broker: ChildProcess | undefined;
  const atExit = (): void => {
    broker?.kill("SIGKILL");
    mapper.kill("SIGKILL");
  };
  process.once("exit", atExit);

  const start = async (): Promise<void> => {
    const child = run(server, []);
    broker = child;
    await until("RabbitMQ accepts connections", async () => {
      if (hasEnded(child)) throw new Error(`RabbitMQ ended: ${logs}`);
      return await greets(port);
    });
  };
  const rig: RabbitMq = {
    url: `amqp://guest:guest@127.0.0.1:${port}`,
    port,
    logs: () => logs,
    kill9: () => end(broker),
    start,
    messages: async (queue) => {
      const ran = promisify(execFile)("/usr/lib/rabbitmq/bin/rabbitmqctl", ["-q", "list_queues", "name", "messages"], {
        env,
      });
      const line = (await ran).stdout.split("\n").find((each) => each.startsWith(`${queue}\t`));
      return line === undefined ? undefined : Number(line.split("\t")[1]);
    },
    stop: async () => {
      process.off("exit", atExit);
      await end(broker);
      await end(mapper);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    await until("epmd accepts connections", () => connects(epmdPort));
    await start();
  } catch (error) {
    await rig.stop();
    throw error;
  }
  return rig;
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

async function end(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || hasEnded(child)) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/** It listens before it is ready: only then it answers the protocol's header. */
function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(Buffer.from("AMQP\0\0\t\x01", "latin1")));
    const done = (is: boolean): void => {
      socket.destroy();
      resolve(is);
    };
    socket.setTimeout(2_000, () => done(false));
    socket.once("data", () => done(true));
    socket.once("error", () => done(false));
    socket.once("end", () => done(false));
  });
}
