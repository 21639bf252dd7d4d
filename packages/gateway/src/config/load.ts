/** From flags, environment and file to one configuration: flags win over environment, that over the file. */

import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import {
  defaultNamespaces,
  type HideRule,
  type NamespaceOptions,
  type RateRules,
  type RoleTable,
} from "@signalbox/core";
import { defaultLimits, defaultRates, type Limits } from "@signalbox/protocol";
import { type AlertRules, defaultAlertRules } from "../alerts/node-findings.ts";
import { TrustedProxies } from "../http/address.ts";
import type { CertificateFiles } from "../http/certificate.ts";
import { type AmqpConfig, amqpOf } from "./amqp.ts";
import type { JwtIssuerConfig, SessionCookieConfig } from "./auth.ts";
import { checkConfig } from "./check.ts";
import { ConfigError } from "./error.ts";
import { type NotificationsConfig, notificationsConfig } from "./notifications.ts";
import { type RedisConfig, redisConfig } from "./redis.ts";
import type { FileConfig } from "./schema.ts";
import { type RedisAccess, type WebguiConfig, webguiConfig } from "./webgui.ts";

export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent";

/** Everything a gateway needs to know to start. Paths are absolute. */
export interface GatewayConfig {
  host: string;
  /** 0: any free one. */
  port: number;
  /** Take the next free port when `port` is in use. */
  portFallback: boolean;
  dataDir: string;
  /** Not used where there is a Redis. */
  store: "sqlite" | "memory";
  /** What nodes share; undefined: this is the only one. */
  redis: RedisConfig | undefined;
  allowedOrigins: readonly string[];
  allowedHosts: readonly string[];
  /** Where other nodes reach this one; undefined: where it listens. */
  nodeUrl: string | undefined;
  /** Where people find it, without a slash at the end; undefined: where it listens. */
  publicUrl: string | undefined;
  /** Addresses and networks; checked. */
  trustedProxies: readonly string[];
  /** Undefined: plain HTTP. */
  tls: CertificateFiles | undefined;
  limits: Limits;
  /** Of WebSockets; `deflate`: permessage-deflate may be negotiated. */
  compression: { deflate: boolean };
  /** Messages per second. */
  rates: RateRules;
  jwt: readonly JwtIssuerConfig[];
  sessionCookie: SessionCookieConfig | undefined;
  /** Changes to the roles everybody knows. */
  roles: RoleTable;
  queryToken: boolean;
  redaction: boolean;
  /** Members of events that some may not see. */
  hide: readonly HideRule[];
  namespaces: Readonly<Record<string, NamespaceOptions>>;
  /** Of sessions that are started here; `recipe`: for agents that have none of their own name. */
  orchestrate: { recipe: string | undefined };
  alerts: AlertRules;
  /** Undefined: no broker is read. */
  amqp: AmqpConfig | undefined;
  /** Undefined: no Redis is read or written for the web GUI. */
  webgui: WebguiConfig | undefined;
  notifications: NotificationsConfig;
  log: { level: LogLevel; pretty: boolean };
  /** Undefined: the dashboard package beside this one. */
  dashboardDir: string | undefined;
  /** Undefined: the one kept in the data directory, made when there is none. */
  adminToken: string | undefined;
}

/** The keys of the file, and which file to read. */
export type ConfigFlags = FileConfig & { config?: string };

export interface ConfigSources {
  flags?: ConfigFlags;
  env?: Readonly<Record<string, string | undefined>>;
  cwd?: string;
}

const fileName = "signalbox.config.json";

/** Throws ConfigError with a sentence that names the source and the key. */
export function loadConfig({ flags = {}, env = process.env, cwd = process.cwd() }: ConfigSources = {}): GatewayConfig {
  const { config: flagFile, ...flagKeys } = flags;
  const given = checkConfig(withoutUndefined(flagKeys), "the command line");
  const fromEnv = checkConfig(readEnv(env), "the environment");
  const named = flagFile ?? env.SIGNALBOX_CONFIG;
  const path = resolve(cwd, named ?? fileName);
  const file = named !== undefined || existsSync(path) ? readFile(path) : {};

  const chosen: FileConfig = { ...file, ...fromEnv, ...given };
  // The address alone, with what the file says beside it.
  if (fromEnv.redis !== undefined && file.redis !== undefined && given.redis === undefined) {
    chosen.redis = { ...file.redis, ...fromEnv.redis };
  }
  // A relative path means what it means to its writer: beside the file, or in the current directory.
  const place = (key: "dataDir" | "dashboardDir"): string | undefined => {
    const own = given[key] ?? fromEnv[key];
    if (own !== undefined) return resolve(cwd, own);
    return file[key] === undefined ? undefined : resolve(dirname(path), file[key]);
  };
  const certificate = (): CertificateFiles | undefined => {
    if (chosen.tls === undefined) return undefined;
    const folder = given.tls === undefined ? dirname(path) : cwd;
    const { certFile, keyFile } = chosen.tls;
    return { certFile: resolve(folder, certFile), keyFile: resolve(folder, keyFile) };
  };
  const redis = chosen.redis && redisConfig(chosen.redis, given.redis === undefined ? dirname(path) : cwd);
  return {
    host: chosen.host ?? "127.0.0.1",
    port: chosen.port ?? 7400,
    portFallback: chosen.portFallback ?? chosen.port === undefined,
    dataDir: place("dataDir") ?? resolve(cwd, ".signalbox"),
    store: chosen.store ?? "sqlite",
    redis,
    allowedOrigins: chosen.allowedOrigins ?? [],
    allowedHosts: chosen.allowedHosts ?? [],
    nodeUrl: chosen.nodeUrl,
    publicUrl: chosen.publicUrl?.replace(/\/+$/, ""),
    trustedProxies: networks(chosen.trustedProxies ?? [], path),
    tls: certificate(),
    limits: { ...defaultLimits, ...chosen.limits },
    compression: { deflate: chosen.compression?.deflate ?? false },
    rates: ratesOf(chosen.rates),
    jwt: (chosen.jwt ?? []).map((issuer) => withPaths(issuer, dirname(path))),
    sessionCookie: chosen.sessionCookie,
    roles: chosen.roles ?? {},
    queryToken: chosen.queryToken ?? false,
    redaction: chosen.redaction ?? true,
    hide: chosen.hide ?? [],
    namespaces: namespacesOf(chosen.namespaces ?? {}),
    alerts: { ...defaultAlertRules, ...chosen.alerts },
    orchestrate: { recipe: chosen.orchestrate?.recipe },
    amqp: amqpFrom(chosen.amqp, env.SIGNALBOX_AMQP_URL || undefined, path),
    webgui: webguiOf(chosen, redis, path),
    notifications: notificationsConfig(chosen.notifications, path),
    log: { level: chosen.log?.level ?? "info", pretty: chosen.log?.pretty ?? process.stdout.isTTY === true },
    dashboardDir: place("dashboardDir"),
    adminToken: chosen.adminToken,
  };
}

function readFile(path: string): FileConfig {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new ConfigError(`${path}: cannot be read (${error instanceof Error ? error.message : error})`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ConfigError(`${path}: is not JSON (${error instanceof Error ? error.message : error})`);
  }
  return checkConfig(value, path);
}

function readEnv(env: Readonly<Record<string, string | undefined>>): Record<string, unknown> {
  const port = env.SIGNALBOX_PORT;
  return withoutUndefined({
    host: env.SIGNALBOX_HOST || undefined,
    // Text that is no number stays text, so that the check names it.
    port: port === undefined || port === "" ? undefined : /^[0-9]+$/.test(port) ? Number(port) : port,
    dataDir: env.SIGNALBOX_DATA_DIR || undefined,
    nodeUrl: env.SIGNALBOX_NODE_URL || undefined,
    publicUrl: env.SIGNALBOX_PUBLIC_URL || undefined,
    adminToken: env.SIGNALBOX_ADMIN_TOKEN || undefined,
    redis: env.SIGNALBOX_REDIS_URL ? { url: env.SIGNALBOX_REDIS_URL } : undefined,
  });
}

function webguiOf({ webgui }: FileConfig, nodes: RedisAccess | undefined, source: string): WebguiConfig | undefined {
  if (webgui === undefined) return undefined;
  const config = webguiConfig(webgui, nodes);
  if (config === undefined) throw new ConfigError(`${source}: webgui.redis is missing, and nodes share no Redis`);
  return config;
}

function networks(texts: readonly string[], source: string): readonly string[] {
  try {
    new TrustedProxies(texts);
  } catch (error) {
    throw new ConfigError(`${source}: trustedProxies: ${error instanceof Error ? error.message : error}`);
  }
  return texts;
}

function amqpFrom(file: FileConfig["amqp"], url: string | undefined, source: string): AmqpConfig | undefined {
  if (url !== undefined)
    checkConfig({ amqp: { url, capabilities: [{ channels: "*", verbs: [] }] } }, "the environment");
  const amqp = amqpOf(file, url);
  if (file !== undefined && amqp === undefined) {
    throw new ConfigError(`${source}: amqp needs a url, here or as SIGNALBOX_AMQP_URL`);
  }
  if (amqp !== undefined && !URL.canParse(amqp.url)) throw new ConfigError(`${source}: amqp.url is no address`);
  return amqp;
}

const withoutUndefined = (value: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined));

/** What is given for one kind of limit replaces that kind's default; types are added to those known. */
const ratesOf = (given: RateRules = {}): RateRules => ({
  ...defaultRates,
  ...given,
  types: { ...defaultRates.types, ...given.types },
});

/** Files of keys are found beside the configuration file. */
function withPaths(issuer: JwtIssuerConfig, folder: string): JwtIssuerConfig {
  if (issuer.keys === undefined) return issuer;
  const keys = issuer.keys.map((key) => ({
    ...key,
    ...(key.pemFile === undefined ? {} : { pemFile: resolve(folder, key.pemFile) }),
    ...(key.secretFile === undefined ? {} : { secretFile: resolve(folder, key.secretFile) }),
  }));
  return { ...issuer, keys };
}

/** A namespace that is not known begins as `global` is. */
function namespacesOf(changes: NonNullable<FileConfig["namespaces"]>): Record<string, NamespaceOptions> {
  const all: Record<string, NamespaceOptions> = { ...defaultNamespaces };
  for (const [name, change] of Object.entries(changes)) {
    const base = Object.hasOwn(all, name) ? all[name] : defaultNamespaces.global;
    if (base === undefined) continue;
    // What is folded is known of namespaces that are known: of others nobody has said what their events mean.
    const isKnown = Object.hasOwn(defaultNamespaces, name);
    const reducer = change.reducer ?? (isKnown ? base.reducer : undefined);
    const furtherReducers = change.furtherReducers ?? (isKnown ? base.furtherReducers : undefined);
    all[name] = {
      durability: change.durability ?? base.durability,
      retention: { ...base.retention, ...change.retention },
      ...(reducer === undefined ? {} : { reducer }),
      ...(furtherReducers === undefined ? {} : { furtherReducers }),
    };
  }
  return all;
}
