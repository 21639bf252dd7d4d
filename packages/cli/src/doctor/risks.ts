/** Settings that work and are dangerous: each with the reason, and with what to do instead. */
import { isIP } from "node:net";
import { sanitised } from "../text/sanitise.ts";
import { type Finding, warn } from "./check.ts";
import { list, member } from "./unsure.ts";

type Keys = Readonly<Record<string, unknown>>;

/** Shorter ones can be guessed, or were made up. Those we make have 43 characters. */
const shortestToken = 24;

export const configurationRisks = (keys: Keys): Finding[] => [
  ...exposed(keys),
  ...queryTokens(keys),
  ...origins(keys),
  ...hosts(keys),
  ...adminTokens(keys),
  ...issuers(keys),
  ...redaction(keys),
  ...forgetful(keys),
];

export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[|\]$/g, "");
  return name === "localhost" || name === "::1" || (isIP(name) === 4 && name.startsWith("127."));
}

/** What is wrong with a gateway that others can reach, and has no TLS. */
export const exposure = (where: string): Finding =>
  warn(
    "exposure",
    `${where} without TLS: whoever is on the way reads tokens and events, and can change them`,
    "Set tls, or listen on 127.0.0.1 behind a proxy that ends TLS.",
  );

export const hasTls = ({ tls }: Keys): boolean => tls !== undefined && tls !== null && tls !== false;

function exposed(keys: Keys): Finding[] {
  const { host } = keys;
  if (typeof host !== "string" || isLoopback(host) || hasTls(keys)) return [];
  return [exposure(`the gateway listens on ${sanitised(host)}`)];
}

function queryTokens({ queryToken }: Keys): Finding[] {
  if (queryToken !== true) return [];
  const why = "tokens are accepted in addresses, which proxies, browsers and logs keep";
  return [warn("query tokens", why, "Leave queryToken out; clients that can send nothing else use POST /v1/tickets.")];
}

function origins({ allowedOrigins }: Keys): Finding[] {
  return texts(allowedOrigins).flatMap((origin) => {
    const name = sanitised(origin);
    if (origin.includes("*") || origin === "null" || origin.startsWith("file:")) {
      const why = `allowedOrigins has ${name}: any page that somebody opens could use this gateway in their name`;
      return [warn("origins", why, "Name each origin exactly, such as https://ops.example.org.")];
    }
    const url = URL.parse(origin);
    if (url?.protocol !== "http:" || isLoopback(url.hostname)) return [];
    const why = `allowedOrigins has ${name}: whoever is between it and its reader can put a script into its pages`;
    return [warn("origins", why, `Serve it as https://${sanitised(url.host)}.`)];
  });
}

function hosts({ allowedHosts }: Keys): Finding[] {
  return texts(allowedHosts).flatMap((host) => {
    const bare = host.replace(/:\d+$/, "");
    if (!host.includes("*") && !["0.0.0.0", "[::]", ""].includes(bare)) return [];
    const why = `allowedHosts has ${sanitised(host)}: a page could reach this gateway under a name of its own (DNS rebinding)`;
    return [warn("hosts", why, "Name each name of this gateway exactly, such as signalbox.example.org.")];
  });
}

function adminTokens({ adminToken }: Keys): Finding[] {
  if (typeof adminToken !== "string" || adminToken.length >= shortestToken) return [];
  const why = `the given admin token has ${adminToken.length} characters: it opens everything, and can be guessed`;
  const mend = "Leave it out: the gateway makes one. Or give 24 drawn characters or more: openssl rand -base64 32.";
  return [warn("admin token", why, mend)];
}

function issuers({ jwt }: Keys): Finding[] {
  return list(jwt).flatMap((issuer) => {
    if (member(issuer, "tenants") !== "any") return [];
    const name = sanitised(String(member(issuer, "issuer")));
    const why = `tokens of ${name} may name any tenant: whoever makes them, or gets one made, is in all of them`;
    return [warn("issuers", why, 'List its tenants, or say "tenant" for all of its tokens.')];
  });
}

function redaction({ redaction: on }: Keys): Finding[] {
  if (on !== false) return [];
  const why = "redaction is off: passwords and keys that agents print are kept, and shown to every viewer";
  return [warn("redaction", why, "Leave redaction out of the configuration.")];
}

function forgetful({ store, namespaces }: Keys): Finding[] {
  if (store !== "memory") return [];
  const promised = Object.entries(Object(namespaces) as object)
    .filter(([, options]) => member(options, "durability") === "fsync")
    .map(([name]) => name);
  const what = promised.length > 0 ? `${sanitised(promised.join(", "))} ask for fsync, but ` : "";
  const why = `${what}the store is memory: what was acknowledged is gone when the gateway ends`;
  return [warn("store", why, "Leave store out, unless nothing that is published matters.")];
}

const texts = (value: unknown): string[] => list(value).filter((each): each is string => typeof each === "string");
