/** Puts a gateway together: the only place that names adapters. */
import { randomBytes, randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import {
  type Broker,
  compileHiding,
  type Failure,
  Hub,
  type Identity,
  isBroker,
  type NodeInfo,
  type NodeLoad,
  RateLimits,
  Redactor,
  type Store,
  Tally,
} from "@signalbox/core";
import { Alerting } from "./alerts/alerting.ts";
import { NodeFindings } from "./alerts/node-findings.ts";
import { Audit, withAudit } from "./audit/audit.ts";
import { configurationHash } from "./audit/configuration-hash.ts";
import { SignIns } from "./audit/sign-ins.ts";
import { Access } from "./auth/access.ts";
import { AdminTokenAuthenticator, adminToken, sharedAdminToken } from "./auth/admin-token/index.ts";
import { ApiKeys, keyStore, keysFormat, openKeyFile } from "./auth/api-keys/index.ts";
import { firstOf } from "./auth/chain.ts";
import { keysFile, revocationsFile } from "./auth/files.ts";
import { jwtAuthenticator } from "./auth/jwt/index.ts";
import { problemLog } from "./auth/problems.ts";
import { Revocations, revocationsFormat } from "./auth/revocations.ts";
import { sessionCookie } from "./auth/session-cookie/index.ts";
import { SharedDocuments, type SharedDocumentsOptions } from "./auth/shared-documents.ts";
import { Tickets } from "./auth/tickets/index.ts";
import type { Finding as StoreFinding } from "./brokers/redis/index.ts";
import { catalogue } from "./catalogue.ts";
import type { GatewayConfig } from "./config/load.ts";
import { othersGoOn, sendOn, tellWhen } from "./drain.ts";
import { Engine } from "./engine.ts";
import { Health } from "./health.ts";
import { TrustedProxies } from "./http/address.ts";
import { createApp, withToken } from "./http/app.ts";
import { Certificate } from "./http/certificate.ts";
import { Connections } from "./http/connections.ts";
import { serveDashboard } from "./http/dashboard.ts";
import { describeRoutes, documentRoutes } from "./http/documents.ts";
import { Door } from "./http/door.ts";
import { listen } from "./http/listen.ts";
import { auditRoutes } from "./http/routes/audit.ts";
import { budgetRoutes } from "./http/routes/budgets.ts";
import { channelRoutes } from "./http/routes/channels.ts";
import { checkpointRoutes } from "./http/routes/checkpoints.ts";
import { commandRoutes } from "./http/routes/commands.ts";
import { connectionRoutes } from "./http/routes/connections.ts";
import { driverRoutes } from "./http/routes/driver.ts";
import { eventRoutes } from "./http/routes/events.ts";
import { healthRoutes } from "./http/routes/health.ts";
import { historyRoutes } from "./http/routes/history.ts";
import { infoRoutes } from "./http/routes/info.ts";
import { keyRoutes } from "./http/routes/keys.ts";
import { leaseRoutes } from "./http/routes/leases.ts";
import { limitRoutes } from "./http/routes/limits.ts";
import { type Fleet, nodeRoutes } from "./http/routes/nodes.ts";
import { presenceRoutes } from "./http/routes/presence.ts";
import { processLogRoutes } from "./http/routes/process-logs.ts";
import { searchRoutes } from "./http/routes/search.ts";
import { steeringRoutes } from "./http/routes/steering.ts";
import { ticketRoutes } from "./http/routes/tickets.ts";
import { timelineRoutes } from "./http/routes/timeline.ts";
import { serveUpgrades, type TakeUpgrade } from "./http/upgrades.ts";
import { nodeUrlOf, urlOf } from "./http/url.ts";
import { Load } from "./load.ts";
import { createLog, type Log } from "./log.ts";
import { type Counted, Metrics } from "./metrics/metrics.ts";
import { mayScrape, metricsRoutes } from "./metrics/route.ts";
import { seriesRoutes } from "./metrics/series/route.ts";
import { Sampling } from "./metrics/series/sampling.ts";
import { Told } from "./metrics/series/told.ts";
import { Timings } from "./metrics/timings.ts";
import type { Node } from "./node.ts";
import { Forward } from "./nodes/forward/forward.ts";
import { Others } from "./nodes/others.ts";
import { Peers } from "./nodes/peers.ts";
import { brokerEvents, NodeTopics } from "./nodes/routing.ts";
import { tenantLink } from "./nodes/tenant-link.ts";
import { openNotifications } from "./notifications/kept.ts";
import { Outgoing } from "./notifications/outgoing.ts";
import { Notifications } from "./notifications/service.ts";
import { newVapidKeys, WebPushCarrier } from "./notifications/web-push/index.ts";
import { newSecret, WebhookCarrier } from "./notifications/webhook/index.ts";
import { Refusals } from "./refusals.ts";
import { sharedUses } from "./shared-uses.ts";
import type { AmqpSource } from "./sources/amqp/index.ts";
import { cloudEvent, cloudEventBatch } from "./sources/cloudevents/index.ts";
import { openMemoryStore } from "./stores/memory/index.ts";
import { TenantStore } from "./stores/tenant-store.ts";
import { ExecutionSurface } from "./surfaces/execution/index.ts";
import { OrchestrateSurface } from "./surfaces/orchestrate/index.ts";
import { SocketIoSurface } from "./surfaces/socketio/index.ts";
import { WebguiSurface } from "./surfaces/webgui/index.ts";
import { Sweep } from "./sweep.ts";
import { type Tenant, Tenants } from "./tenants.ts";
import { PollTransport } from "./transports/poll/index.ts";
import { SseTransport } from "./transports/sse/index.ts";
import { StreamTransport } from "./transports/stream/index.ts";
import type { Transport } from "./transports/transport.ts";
import { WebSocketTransport } from "./transports/websocket/index.ts";
import { versionOf } from "./version.ts";
import { wakeTenants } from "./wake.ts";

export { ApiKeys, openKeyFile } from "./auth/api-keys/index.ts";
// For the command line, which makes and revokes keys beside a gateway that runs.
export type { KeyInfo, NewKey } from "./auth/key-desk.ts";
export type { StoreFinding };

/** Keys and revocations, as a gateway has them. */
export interface KeptAccess {
  keys: ApiKeys;
  revocations: Revocations;
  close(): Promise<void>;
}

/** For the command line: those of the Redis that nodes share, or of the data directory. Rejects when they cannot be read. */
export async function openKeptAccess({
  redis,
  dataDir,
}: Pick<GatewayConfig, "dataDir" | "redis">): Promise<KeptAccess> {
  if (redis === undefined) {
    const revocations = new Revocations({ path: revocationsFile(dataDir) });
    return { keys: new ApiKeys({ store: openKeyFile(keysFile(dataDir)) }), revocations, close: async () => {} };
  }
  const { openRedisBroker } = await import("./brokers/redis/index.ts");
  const broker = await openRedisBroker({ ...redis, namespaces: {} });
  try {
    const { keys, revocations, documents } = await openSharedAccess({ broker });
    return {
      ...{ keys, revocations },
      async close() {
        documents.close();
        await broker.close();
      },
    };
  } catch (error) {
    await broker.close();
    throw error;
  }
}

/** Those that nodes share. `dataDir`: its files are taken over. */
export async function openSharedAccess(options: SharedDocumentsOptions & { dataDir?: string }): Promise<{
  keys: ApiKeys;
  revocations: Revocations;
  documents: SharedDocuments;
}> {
  const { dataDir } = options;
  const documents = new SharedDocuments(options);
  const keys = await documents.open("api-keys", keysFormat, dataDir && keysFile(dataDir));
  const revoked = await documents.open("revocations", revocationsFormat, dataDir && revocationsFile(dataDir));
  return { keys: new ApiKeys({ store: keyStore(keys) }), revocations: new Revocations({ path: revoked }), documents };
}

export interface Gateway {
  /** `http://host:port`, or with https, without a token. */
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
/** Whom push services are told to write to where nobody was named. */
const nobody = "mailto:nobody@example.org";
/** Clients get so long to answer their close. */
const graceMs = 2_000;

/** Rejects when the store cannot be opened or no port can be had. */
export async function startGateway(config: GatewayConfig, parts: GatewayParts = {}): Promise<Gateway> {
  const log = parts.log ?? createLog(config.log);
  const store = parts.store ?? (await openStore(config, log));
  try {
    return await start(config, log, store);
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function openStore({ store, redis, dataDir, ...config }: GatewayConfig, log: Log): Promise<Store> {
  const namespaces = withAudit(config.namespaces);
  if (redis !== undefined) {
    const { openRedisBroker } = await import("./brokers/redis/index.ts");
    return openRedisBroker({ ...redis, namespaces, log: { warn: (message) => log.warn(message) } });
  }
  if (store === "memory") return openMemoryStore({ namespaces, nowMs: Date.now });
  // A gateway without a disk never loads SQLite.
  const { openSqliteStore } = await import("./stores/sqlite/index.ts");
  return openSqliteStore({ directory: dataDir, namespaces, log: { error: (message) => log.error(message) } });
}

/** A gateway without RabbitMQ never loads its library. */
async function openAmqp({ amqp, rates }: GatewayConfig, node: Node): Promise<AmqpSource | undefined> {
  if (amqp === undefined) return undefined;
  const { AmqpSource } = await import("./sources/amqp/index.ts");
  return new AmqpSource({ config: amqp, node, cloudEvent, limitedTypes: rates.types ?? {} });
}

/** For the command line: what a person should know of the Redis that nodes share. Rejects when no server answers. */
export async function checkSharedStore(redis: NonNullable<GatewayConfig["redis"]>): Promise<StoreFinding[]> {
  const { checkRedis } = await import("./brokers/redis/index.ts");
  return checkRedis(redis);
}

interface Entrance {
  access: Access;
  /** The admin token. */
  token: string;
  keys: ApiKeys;
  revocations: Revocations;
  /** Calls back when somebody must go, until the function it returns is called. */
  revoked(listener: () => void): () => void;
  /** Another node changed this document. */
  documentChanged(name: string): void;
  /** Something that other nodes told may have been missed. */
  missed(): void;
}

/** Every way to come in. */
async function openAccess(
  { dataDir, adminToken: given, jwt, sessionCookie: cookieConfig, roles, queryToken, namespaces }: GatewayConfig,
  log: Log,
  broker: Broker | undefined,
  topics: NodeTopics,
  onRefused: (failure: Failure, address: string | undefined) => void,
): Promise<Entrance> {
  const onProblem = problemLog(log);
  const note = (message: string): void => log.info(message);
  const shared = broker && (await openSharedAccess({ broker, dataDir, note, onProblem }));
  const token = broker === undefined ? adminToken(dataDir, given) : await sharedAdminToken(broker, dataDir, given);
  const revocations = shared?.revocations ?? new Revocations({ path: revocationsFile(dataDir), onProblem });
  const keys = shared?.keys ?? new ApiKeys({ store: openKeyFile(keysFile(dataDir), onProblem) });
  const isRevoked = (identity: Identity): boolean =>
    revocations.isRevoked(identity) || (identity.keyId !== undefined && keys.isRevoked(identity.keyId));
  const issuers = jwt.length === 0 ? [] : [jwtAuthenticator(jwt, { onRefused: onProblem })];
  const tokens = firstOf([keys, ...issuers, new AdminTokenAuthenticator(token)], isRevoked);
  const cookie = cookieConfig && sessionCookie(cookieConfig, { onProblem });
  const usedTopic = topics.on("ticket-used", (hash) => tickets.usedElsewhere(hash));
  const tickets: Tickets = new Tickets({ broker, used: broker && ((hash) => broker.tell(usedTopic, hash)) });
  return {
    access: new Access({
      tokens,
      tickets,
      cookie,
      queryToken,
      roles,
      namespaces: Object.keys(namespaces),
      isRevoked,
      onRefused,
    }),
    token,
    keys,
    revocations,
    revoked: (listener) => {
      const ends = [revocations.onRevoked(listener), keys.onRevoked(listener)];
      return () => {
        for (const end of ends) end();
        shared?.documents.close();
      };
    },
    documentChanged: (name) => shared?.documents.changed(name),
    missed: () => shared?.documents.missed(),
  };
}

async function start(config: GatewayConfig, log: Log, store: Store): Promise<Gateway> {
  const { limits, namespaces } = config;
  const health = new Health();
  const broker = isBroker(store) ? store : undefined;
  const topics = new NodeTopics();
  const version = versionOf();
  const name = `${hostname()}-${randomBytes(3).toString("hex")}`;
  const audit = new Audit({ store, isShared: broker !== undefined, node: name, newId: randomUUID, log });
  // Whose tenant it would have been nobody knows.
  const signIns = new SignIns((act) => audit.note(undefined, act));
  const entrance = await openAccess(config, log, broker, topics, ({ failed, message }, address) =>
    signIns.refused(failed, message, address),
  );
  const { access, token } = entrance;
  const rates = new RateLimits(config.rates, principalsRemembered, broker && sharedUses(broker));
  const redactor = config.redaction ? new Redactor() : undefined;
  const hiding = compileHiding(config.hide);
  const tally = new Tally();
  const documents =
    broker && new SharedDocuments({ broker, note: (message) => log.info(message), onProblem: problemLog(log) });
  const { notifications, found } = await openNotifying(config, log, documents);
  const timings = new Timings();
  const told = new Told();
  /** By tenant. */
  const alerting = new Map<string | undefined, Alerting>();
  /** Other nodes hear what this one tells. */
  let isHeard = false;
  const tenants: Tenants = new Tenants((tenant): Tenant => {
    const alerts = new Alerting({ hub: () => tenants.of({ tenant }).hub, isShared: broker !== undefined, log });
    alerting.set(tenant, alerts);
    const engine = new Engine({
      store: new TenantStore(store, tenant),
      link: broker && tenantLink(broker, tenant),
      access,
      limits,
      health,
      log,
      ...{ tally, timings },
      committed: (publications) => tenants.of({ tenant }).hub.committed(publications),
      keptHere(publications) {
        told.take(publications);
        alerts.kept(publications);
        if (tenant === undefined) webgui?.kept(publications);
        notifications.kept(tenant, publications);
      },
      stands: (channel, position) => tenants.of({ tenant }).hub.stands(channel, position),
    });
    const hubOf: Hub["options"]["hubOf"] = (principal) => tenants.of(principal).hub;
    const options = { node: name, version, limits, namespaces, catalogue, rates, redactor, hiding, tally, hubOf };
    const hub = new Hub(engine, { ...options, stepped: (outcome) => audit.stepped(tenant, outcome) });
    if (isHeard) hub.meet();
    return { engine, hub };
  });
  tenants.onPutAway((tenant) => {
    alerting.delete(tenant);
    broker?.neglect(tenant);
  });
  const stopFollowing = entrance.revoked(() => tenants.revoke((principal) => access.isRevoked(principal)));
  const sweep = new Sweep(log, Math.min(1_000, limits.heartbeatMs / 5));
  sweep.add(() => tenants.tick());
  sweep.add(() => signIns.tick());
  const refusals = new Refusals(log);
  const proxies = new TrustedProxies(config.trustedProxies);
  const certificate = config.tls && new Certificate(config.tls);
  const door = new Door({ ...config, tls: certificate !== undefined, proxies });
  const connections = new Connections(limits, refusals, proxies);
  const load = new Load({ limits, connections, log, appendingBytes: () => tenants.counts.inflightBytes });
  sweep.add(() => load.measure());
  const others = broker && new Others({ broker, topics, name, newId: randomUUID });
  sweep.add(() => others?.tick());
  const peers = broker && new Peers({ broker, self: name, log, changed: () => void takeUp() });
  sweep.add(() => peers?.tick());
  const fingerprint = (): string | undefined => certificate?.fingerprint;
  const forward =
    broker && peers && new Forward({ broker, peers, self: name, limits, proxies, connections, load, log, fingerprint });
  const node: Node = {
    name,
    version,
    tenants,
    access,
    audit,
    limits,
    namespaces,
    hiding,
    proxies,
    health,
    load,
    sweep,
    refusals,
    others,
    log,
    timings,
    peers,
    forward,
    pageOf: ({ headers, socket }) => door.pageOf(headers, socket.remoteAddress),
    originOf: ({ headers, socket }) => door.originFor(headers, socket.remoteAddress),
  };

  const webgui = config.webgui && new WebguiSurface(node, config.webgui, broker === undefined);
  const webSocket = new WebSocketTransport(node, config.compression);
  const transports: Transport[] = [
    ...[webSocket, new SseTransport(), new StreamTransport(), new PollTransport()],
    ...[new OrchestrateSurface(node, config.orchestrate), new ExecutionSurface(node), new SocketIoSurface(node)],
    ...(webgui === undefined ? [] : [webgui]),
  ];
  const app = createApp(node, door, connections, certificate);
  await describeRoutes(app, node);
  const amqp = await openAmqp(config, node);
  const about = { name, version, startedMs: Date.now() };
  /** Where other nodes reach it, once it listens. */
  let place: { url?: string } | undefined;
  const nodeLoad = (): NodeLoad => {
    const { sessions, subscriptions, channels } = tenants.counts;
    const state = health.stopping ? "stopping" : place === undefined ? "starting" : "ready";
    return { state, ...place, sessions, subscriptions, channels };
  };
  const alone = async (): Promise<NodeInfo[]> => [{ ...about, ...nodeLoad(), silentMs: 0 }];
  const fleet: Fleet = { name, isShared: broker !== undefined, nodes: () => broker?.nodes() ?? alone() };
  let missed = 0;
  const counted = (): Counted => {
    const { ready } = health;
    const { compressed } = webSocket;
    const { counts } = tenants;
    return {
      ...{ version, ready, tally, compressed, load, refusals: refusals.counts, ...counts, missed },
      ...{ amqp: amqp?.counts, webgui: webgui?.counts },
      storeReachable: health.shortcomings.length === 0,
      nodes: async () => (await fleet.nodes()).length,
      // Dearer than the others: only when it is asked for.
      get slowness() {
        return tenants.slowness;
      },
    };
  };
  const metrics = new Metrics(counted);
  const ends: Array<() => void> = [() => metrics.close()];
  const sampling = new Sampling({
    ...{ counted, timings, told, health },
    traffic: () => connections.traffic,
    findings: new NodeFindings(config.alerts, name),
    inflightMost: limits.inflightAppends,
    found: (finding) => alerting.get(undefined)?.found(finding),
  });
  const { series } = sampling;
  ends.push(() => sampling.close());
  sweep.add(() => sampling.tick());
  sweep.add(() => {
    for (const alerts of alerting.values()) alerts.tick();
  });
  withToken(app, node, (scope) => {
    eventRoutes(scope, node, [cloudEvent, cloudEventBatch]);
    historyRoutes(scope, node);
    timelineRoutes(scope, node);
    channelRoutes(scope, node);
    commandRoutes(scope, node);
    checkpointRoutes(scope, node);
    steeringRoutes(scope, node);
    leaseRoutes(scope, node);
    presenceRoutes(scope, node);
    driverRoutes(scope, node);
    budgetRoutes(scope, node);
    connectionRoutes(scope, node, entrance);
    auditRoutes(scope, node);
    keyRoutes(scope, node, { ...config, ...entrance });
    limitRoutes(scope, node, {
      rates: config.rates,
      namespaces: withAudit(namespaces),
      connections: () => connections.size,
    });
    nodeRoutes(scope, fleet, mayScrape);
    searchRoutes(scope, node);
    infoRoutes(scope, node);
    ticketRoutes(scope, node);
    notifications.routes(scope, node);
    metricsRoutes(scope, metrics, mayScrape);
    seriesRoutes(scope, node, { series, tally, startedMs: about.startedMs, may: mayScrape });
    ends.push(processLogRoutes(scope, node));
    for (const transport of transports) transport.routes?.(scope, node);
  });
  for (const transport of transports) transport.openRoutes?.(app);
  notifications.openRoutes(app, node);
  healthRoutes(app, node);
  documentRoutes(app, node, door);
  await serveDashboard(app, config.dashboardDir ?? defaultDashboard);
  const takers = new Map<string, TakeUpgrade>();
  for (const transport of transports) {
    for (const path of transport.upgradePaths ?? []) {
      takers.set(path, (request, socket, head) => transport.upgrade?.(request, socket, head, node));
    }
  }
  serveUpgrades(app.server, node, door, connections, takers);
  connections.serve(app.server);
  await app.ready();
  /** What an earlier run left, or a node that is gone. */
  const takeUp = async (): Promise<void> => {
    if (health.draining) return;
    try {
      await wakeTenants(store, tenants);
      for (const transport of transports) transport.takeUp?.(node);
      notifications.takeUp();
    } catch (error) {
      log.warn({ err: error }, "what a node left was not looked up");
    }
  };
  await broker?.begin(
    about,
    brokerEvents({
      ...{ tenants, topics, health, log },
      documentChanged(document) {
        entrance.documentChanged(document);
        documents?.changed(document);
        forward?.documentChanged(document);
      },
      missed() {
        missed++;
        entrance.missed();
        documents?.missed();
        others?.meet();
      },
      nodeLeft(left) {
        others?.left(left);
        peers?.left(left);
        forward?.left(left);
        void takeUp();
      },
    }),
  );
  isHeard = broker !== undefined;
  if (isHeard) for (const { hub } of tenants.all()) hub.meet();
  others?.meet();
  await Promise.all([forward?.begin(), peers?.list()]);
  const bound = await listen(app.server, config.host, config.port, config.portFallback);
  // Such as too many open files: connections that could not be accepted, no reason to end.
  app.server.on("error", (error) => log.error({ err: error }, "a fault of the server"));
  const { address, port } = bound;
  door.opened(address, port);
  await wakeTenants(store, tenants);
  for (const transport of transports) {
    transport.begin?.(node);
    transport.takeUp?.(node);
  }
  await amqp?.begin();
  const url = urlOf(bound, config, certificate);
  found(url);
  notifications.begin(node);
  const nodeUrl = nodeUrlOf(bound, config);
  if (broker !== undefined && nodeUrl === undefined) {
    log.warn("other nodes cannot reach this one, which Socket.IO's polling needs: set nodeUrl (SIGNALBOX_NODE_URL)");
  }
  const reached = broker === undefined ? url : nodeUrl;
  place = reached === undefined ? {} : { url: reached };
  const describe = (): void => broker?.describe(nodeLoad());
  describe();
  sweep.add(describe);
  sampling.begin();
  sweep.start();
  log.info(
    { url, store: config.redis === undefined ? config.store : "redis", dataDir: config.dataDir, version, node: name },
    "the gateway runs",
  );
  audit.note(undefined, { ...started, details: { version, url, configuration: configurationHash(config) } });

  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    log.info(tenants.counts, "the gateway stops");
    audit.note(undefined, { who: "gateway", what: "gateway_stopped", result: "ok" });
    health.stop();
    describe();
    // At once, so that another node has the queue.
    const left = amqp?.close();
    const elsewhere = await othersGoOn(broker, name);
    // Until load balancers have noticed it does everything as before.
    if (elsewhere) await pause(limits.drainMs);
    health.drain();
    const allGone = new Promise<void>((resolve) => app.server.close(() => resolve()));
    connections.drain();
    if (elsewhere) await sendOn(tenants);
    // Whoever came while the others left, and all where there is nobody to send them to.
    tellWhen(tenants);
    for (const transport of transports) transport.close();
    forward?.close();
    for (const end of ends) end();
    stopFollowing();
    const timer = setTimeout(() => connections.cut(), graceMs);
    await allGone;
    clearTimeout(timer);
    await app.close();
    await left;
    sweep.stop();
    await Promise.all([webgui?.end(), notifications.close()]);
    documents?.close();
    tenants.flush();
    signIns.tick(true);
    await audit.close();
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

const started = { who: "gateway", what: "gateway_started", result: "ok" } as const;

/** `found`: says where the gateway listens, once that is known. */
async function openNotifying(
  { dataDir, publicUrl, notifications: { contact, allow, ports } }: GatewayConfig,
  log: Log,
  documents: SharedDocuments | undefined,
): Promise<{ notifications: Notifications; found(url: string): void }> {
  let ownUrl = "";
  const outgoing = new Outgoing({ allow, ports });
  const whereTo = (): string => publicUrl ?? ownUrl;
  const notifications = new Notifications({
    ...{ outgoing, log, newSecret, newVapid: newVapidKeys },
    kept: await openNotifications(dataDir, documents, problemLog(log)),
    settings: () => ({
      publicUrl: whereTo(),
      ...{ hasContact: contact !== undefined, hasPublicUrl: publicUrl !== undefined },
    }),
    carriers: (vapid) => [
      new WebPushCarrier({ outgoing, contact: contact ?? nobody, keys: vapid, nowMs: Date.now }),
      new WebhookCarrier({ outgoing, publicUrl: whereTo, nowMs: Date.now }),
    ],
  });
  return {
    notifications,
    found: (url) => {
      ownUrl = url;
    },
  };
}
