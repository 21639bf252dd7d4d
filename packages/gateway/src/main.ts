/** Puts a gateway together: the only place that names adapters. */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Hub, type Identity, RateLimits, Redactor, type Store } from "@signalbox/core";
import { Access } from "./auth/access.ts";
import { AdminTokenAuthenticator, adminToken } from "./auth/admin-token/index.ts";
import { ApiKeys, openKeyFile } from "./auth/api-keys/index.ts";
import { firstOf } from "./auth/chain.ts";
import { jwtAuthenticator } from "./auth/jwt/index.ts";
import { Revocations } from "./auth/revocations.ts";
import { sessionCookie } from "./auth/session-cookie/index.ts";
import { Tickets } from "./auth/tickets/index.ts";
import { catalogue } from "./catalogue.ts";
import type { GatewayConfig } from "./config/load.ts";
import { Engine } from "./engine.ts";
import { Health } from "./health.ts";
import { createApp, withToken } from "./http/app.ts";
import { Connections } from "./http/connections.ts";
import { serveDashboard } from "./http/dashboard.ts";
import { describeRoutes, documentRoutes } from "./http/documents.ts";
import { Door } from "./http/door.ts";
import { listen } from "./http/listen.ts";
import { channelRoutes } from "./http/routes/channels.ts";
import { eventRoutes } from "./http/routes/events.ts";
import { healthRoutes } from "./http/routes/health.ts";
import { historyRoutes } from "./http/routes/history.ts";
import { infoRoutes } from "./http/routes/info.ts";
import { processLogRoutes } from "./http/routes/process-logs.ts";
import { searchRoutes } from "./http/routes/search.ts";
import { ticketRoutes } from "./http/routes/tickets.ts";
import { serveUpgrades, type TakeUpgrade } from "./http/upgrades.ts";
import { createLog, type Log } from "./log.ts";
import type { Node } from "./node.ts";
import { Refusals } from "./refusals.ts";
import { cloudEvent, cloudEventBatch } from "./sources/cloudevents/index.ts";
import { openMemoryStore } from "./stores/memory/index.ts";
import { TenantStore } from "./stores/tenant-store.ts";
import { Sweep } from "./sweep.ts";
import { type Tenant, Tenants } from "./tenants.ts";
import { PollTransport } from "./transports/poll/index.ts";
import { SseTransport } from "./transports/sse/index.ts";
import { StreamTransport } from "./transports/stream/index.ts";
import type { Transport } from "./transports/transport.ts";
import { WebSocketTransport } from "./transports/websocket/index.ts";

export interface Gateway {
  /** `http://host:port`, without a token. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** The admin token. */
  readonly token: string;
  readonly dataDir: string;
  /** Tells every client when to come back, closes, keeps everything, resolves. May be called again. */
  close(): Promise<void>;
}

export interface GatewayParts {
  /** Instead of a log on standard output. */
  log?: Log;
  /** Instead of the configured store; closed with the gateway. */
  store?: Store;
}

const defaultDashboard = fileURLToPath(new URL("../../dashboard/dist", import.meta.url));
/** Rates are kept for so many principals and addresses; who was forgotten begins afresh. */
const principalsRemembered = 100_000;
/** Clients get so long to answer their close. */
const graceMs = 2_000;
/** Clients come back after at least so long, and spread so that each has so many to itself. */
const returnMs = { least: 500, spreadLeast: 1_500, spreadMost: 20_000, perSession: 4 };

/** Rejects when the store cannot be opened or no port can be had. */
export async function startGateway(config: GatewayConfig, parts: GatewayParts = {}): Promise<Gateway> {
  const log = parts.log ?? createLog(config.log);
  const token = adminToken(config.dataDir, config.adminToken);
  const store = parts.store ?? (await openStore(config, log));
  try {
    return await start(config, log, token, store);
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function openStore({ store, dataDir, namespaces }: GatewayConfig, log: Log): Promise<Store> {
  if (store === "memory") return openMemoryStore({ namespaces, nowMs: Date.now });
  // A gateway without a disk never loads SQLite.
  const { openSqliteStore } = await import("./stores/sqlite/index.ts");
  return openSqliteStore({ directory: dataDir, namespaces, log: { error: (message) => log.error(message) } });
}

/** Every way to come in. `revoked` calls back when somebody must go, until the function it returns is called. */
function openAccess(
  { dataDir, jwt, sessionCookie: cookieConfig, roles, queryToken, namespaces }: GatewayConfig,
  log: Log,
  token: string,
): { access: Access; revoked: (listener: () => void) => () => void } {
  const onProblem = (problem: string): void => log.warn({ problem }, "access");
  const revocations = new Revocations({ path: join(dataDir, "revocations.json"), onProblem });
  const keys = new ApiKeys({ store: openKeyFile(join(dataDir, "keys.json"), onProblem) });
  const isRevoked = (identity: Identity): boolean =>
    revocations.isRevoked(identity) || (identity.keyId !== undefined && keys.isRevoked(identity.keyId));
  const issuers = jwt.length === 0 ? [] : [jwtAuthenticator(jwt, { onRefused: onProblem })];
  const tokens = firstOf([keys, ...issuers, new AdminTokenAuthenticator(token)], isRevoked);
  const cookie = cookieConfig && sessionCookie(cookieConfig, { onProblem });
  return {
    access: new Access({
      tokens,
      tickets: new Tickets(),
      cookie,
      queryToken,
      roles,
      namespaces: Object.keys(namespaces),
      isRevoked,
    }),
    revoked: (listener) => {
      const ends = [revocations.onRevoked(listener), keys.onRevoked(listener)];
      return () => {
        for (const end of ends) end();
      };
    },
  };
}

async function start(config: GatewayConfig, log: Log, token: string, store: Store): Promise<Gateway> {
  const { limits, namespaces } = config;
  const health = new Health();
  const { access, revoked } = openAccess(config, log, token);
  const version = versionOf();
  const name = `${hostname()}-${randomBytes(3).toString("hex")}`;
  const rates = new RateLimits(config.rates, principalsRemembered);
  const redactor = config.redaction ? new Redactor() : undefined;
  const tenants: Tenants = new Tenants((tenant): Tenant => {
    const engine = new Engine({
      store: new TenantStore(store, tenant),
      access,
      limits,
      health,
      log,
      committed: (publications) => tenants.of({ tenant }).hub.committed(publications),
    });
    const hubOf: Hub["options"]["hubOf"] = (principal) => tenants.of(principal).hub;
    const options = { node: name, version, limits, namespaces, catalogue, rates, redactor, hubOf };
    return { engine, hub: new Hub(engine, options) };
  });
  const stopFollowing = revoked(() => tenants.revoke((principal) => access.isRevoked(principal)));
  const sweep = new Sweep(log, Math.min(1_000, limits.heartbeatMs / 5));
  sweep.add(() => tenants.tick());
  const refusals = new Refusals(log);
  const door = new Door(config);
  const node: Node = {
    name,
    version,
    tenants,
    access,
    limits,
    namespaces,
    health,
    sweep,
    refusals,
    log,
    addressOf: ({ socket }) => socket.remoteAddress,
    pageOf: ({ headers }) => door.pageOf(headers),
  };

  const transports: Transport[] = [
    new WebSocketTransport(node),
    new SseTransport(),
    new StreamTransport(),
    new PollTransport(),
  ];
  const app = createApp(node, door);
  await describeRoutes(app, node);
  const ends: Array<() => void> = [];
  withToken(app, node, (scope) => {
    eventRoutes(scope, node, [cloudEvent, cloudEventBatch]);
    historyRoutes(scope, node);
    channelRoutes(scope, node);
    searchRoutes(scope, node);
    infoRoutes(scope, node);
    ticketRoutes(scope, node);
    ends.push(processLogRoutes(scope, node));
    for (const transport of transports) transport.routes?.(scope, node);
  });
  healthRoutes(app, node);
  documentRoutes(app, node);
  await serveDashboard(app, config.dashboardDir ?? defaultDashboard);
  const takers = new Map<string, TakeUpgrade>();
  for (const transport of transports) {
    const { upgradePath } = transport;
    if (upgradePath === undefined) continue;
    takers.set(upgradePath, (request, socket, head) => transport.upgrade?.(request, socket, head, node));
  }
  serveUpgrades(app.server, node, door, takers);
  const connections = new Connections(app.server);
  await app.ready();
  const { address, port, family } = await listen(app.server, config.host, config.port, config.portFallback);
  // Such as too many open files: connections that could not be accepted, no reason to end.
  app.server.on("error", (error) => log.error({ err: error }, "a fault of the server"));
  door.opened(address, port);
  sweep.start();
  const url = `http://${callable(address, family)}:${port}`;
  log.info({ url, store: config.store, dataDir: config.dataDir, version, node: name }, "the gateway runs");

  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    log.info(tenants.counts, "the gateway stops");
    health.drain();
    stopFollowing();
    const allGone = new Promise<void>((resolve) => app.server.close(() => resolve()));
    const { least, spreadLeast, spreadMost, perSession } = returnMs;
    const spread = Math.min(spreadMost, Math.max(spreadLeast, tenants.counts.sessions * perSession));
    tenants.goingAway(() => Math.round(least + Math.random() * spread));
    for (const transport of transports) transport.close();
    for (const end of ends) end();
    connections.drain();
    const timer = setTimeout(() => connections.cut(), graceMs);
    await allGone;
    clearTimeout(timer);
    await app.close();
    sweep.stop();
    tenants.flush();
    await store.close();
    log.info("the gateway has stopped");
  };
  return {
    url,
    host: address,
    port,
    token,
    dataDir: config.dataDir,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

/** An address that a browser on this machine can open. */
function callable(address: string, family: string): string {
  if (address === "0.0.0.0") return "127.0.0.1";
  if (address === "::") return "[::1]";
  return family === "IPv6" ? `[${address}]` : address;
}

function versionOf(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  const version = typeof manifest === "object" && manifest !== null ? Reflect.get(manifest, "version") : undefined;
  return typeof version === "string" ? version : "0.0.0";
}
