/** Gateways in processes of their own that share a Redis, behind a haproxy that gives each request and connection to the next one. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Gateway, startGateway } from "../gateway.ts";
import { issuer } from "../issuer.ts";
import { quietPort } from "../quiet-port.ts";
import { type ReverseProxy, startHaproxy } from "../reverse-proxy.ts";

export interface Nodes {
  /** The proxy's: without a path. */
  readonly url: string;
  /** The admin token of them all. */
  readonly token: string;
  readonly all: readonly Gateway[];
  /** SIGKILL for all of them. */
  kill9(): Promise<void>;
  /** SIGTERM for those that live, then all again. */
  restart(): Promise<void>;
  /** What they printed. */
  logs(): string;
  stop(): Promise<void>;
}

export interface NodesOptions {
  /** Where each node finds Redis, such as a link with faults. */
  redisUrl(node: number): string;
  /** For their data directories and configuration. */
  folder: string;
  count?: number;
  /** Further members of the configuration. */
  config?: Record<string, unknown>;
  /** Of the processes, besides. */
  env?: Record<string, string>;
}

const token = "of-all-nodes-of-this-test";
/** The proxy looks so often whether a node is ready, */
const checkMs = 200;
/** and a node that stops gives it time to have looked. */
const drainMs = 3 * checkMs;

export async function startNodes({ redisUrl, folder, count = 3, config, env = {} }: NodesOptions): Promise<Nodes> {
  const proxyPort = await quietPort();
  const host = `localhost:${proxyPort}`;
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "signalbox.config.json");
  const limits = { drainMs, ...((config?.limits as object | undefined) ?? {}) };
  const allowed = { allowedHosts: [host], allowedOrigins: [`http://${host}`] };
  writeFileSync(file, JSON.stringify({ jwt: [issuer], ...allowed, ...config, limits }));
  const nodes: Gateway[] = [];
  let proxy: ReverseProxy | undefined;
  const stop = async (): Promise<void> => {
    const ends = await Promise.allSettled([proxy?.stop(), ...nodes.map((node) => node.stop())]);
    const failed = ends.find((end) => end.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  };
  try {
    for (let n = 0; n < count; n++) {
      const settings = { ...env, SIGNALBOX_REDIS_URL: redisUrl(n), SIGNALBOX_ADMIN_TOKEN: token };
      const port = await quietPort();
      nodes.push(
        await startGateway({ dataDir: join(folder, `node-${n}`), port, args: ["--config", file], env: settings }),
      );
    }
    const [first, ...others] = nodes;
    const plain = [
      "balance roundrobin",
      "timeout tunnel 1h",
      "timeout check 2s",
      "option redispatch 1",
      "retries 3",
      "option httpchk",
      `http-check send meth GET uri /health/ready ver HTTP/1.1 hdr Host ${host}`,
      `default-server check inter ${checkMs}ms fall 1 rise 1`,
      ...others.map(({ port }, index) => `server node-${index + 1} 127.0.0.1:${port}`),
    ];
    proxy = await startHaproxy({ target: first?.port ?? 0, port: proxyPort, tls: false, plain });
  } catch (error) {
    await stop().catch(() => {});
    throw error;
  }
  const { url } = proxy;
  return {
    url,
    token,
    all: nodes,
    kill9: async () => void (await Promise.all(nodes.map((node) => node.kill9()))),
    restart: async () => void (await Promise.all(nodes.map((node) => node.restart()))),
    logs: () => nodes.map((node, n) => `node ${n}\n${node.logs()}`).join("\n"),
    stop,
  };
}
