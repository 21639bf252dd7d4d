/** Where a Redis is: one server, the primary that sentinels name, or the server of a cluster that has a key. */
import { createClient } from "redis";
import type { RedisAccess } from "../../config/webgui.ts";

interface Address {
  host: string;
  port: number;
}

export interface Place {
  kind: "standalone" | "sentinel" | "cluster";
  addresses: readonly Address[];
  group: string;
  access: RedisAccess;
  secure: boolean;
  username: string | undefined;
  password: string | undefined;
}

const form = /^(rediss?)(\+sentinel|\+cluster)?:\/\/(?:([^@/]*)@)?([^/?#]+)(?:\/([^?#]*))?$/;
const connectMs = 3_000;
/** A server that does not answer is taken for gone after the second. */
const pingMs = 3_000;
const silentMs = 10_000;

/** Throws what a person can read; never with the password. */
export function readPlace(access: RedisAccess): Place {
  const [, scheme, more = "", login = "", hosts = "", path = ""] = form.exec(access.url) ?? [];
  const kind = more === "+sentinel" ? "sentinel" : more === "+cluster" ? "cluster" : "standalone";
  const addresses = hosts.split(",").map((host) => readAddress(host, kind === "sentinel" ? 26_379 : 6_379));
  if (scheme === undefined || addresses.includes(undefined))
    throw new Error("the address of Redis has to be like redis://HOST:PORT");
  if (kind === "standalone" && addresses.length > 1)
    throw new Error("several hosts need redis+sentinel or redis+cluster");
  if (kind === "sentinel" && path === "") throw new Error("redis+sentinel ends with the group's name: …/mymaster");
  const [username, ...password] = login.split(":").map(decodeURIComponent);
  return {
    ...{ kind, access, addresses: addresses.filter((one) => one !== undefined), group: decodeURIComponent(path) },
    secure: scheme === "rediss",
    username: access.username ?? (username || undefined),
    password: access.password ?? (password.length === 0 ? undefined : password.join(":")),
  };
}

/** `HOST`, `HOST:PORT`, `[IPv6]:PORT`. */
function readAddress(text: string, usual: number): Address | undefined {
  const [, six, host = six, port = usual] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  return host === undefined || Number(port) > 65_535 ? undefined : { host, port: Number(port) };
}

const unconnected = (
  { host, port }: Address,
  { secure, username, password, access: { tls = {} } }: Place,
  name: string,
) =>
  createClient({
    name,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    // Whoever gives a command that cannot be sent now knows best what to do about it.
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: "disabled",
    pingInterval: pingMs,
    socket: {
      ...{ host, port, connectTimeout: connectMs, socketTimeout: silentMs },
      // Where it is may change: it is looked up again.
      reconnectStrategy: false,
      ...(secure ? { tls: true as const, ...tls, servername: tls.serverName ?? host } : {}),
    },
  });

export type Client = ReturnType<typeof unconnected>;

/** To the server that has the key. Rejects where there is none now. */
export async function connect(
  place: Place,
  key: string,
  name: string,
  onError: (error: Error) => void,
): Promise<Client> {
  const address = await locate(place, key);
  return opened(unconnected(address, place, name), onError);
}

async function opened(client: Client, onError: (error: Error) => void): Promise<Client> {
  let why: Error | undefined;
  client.on("error", (error: Error) => {
    why ??= error;
    onError(error);
  });
  // Also for a server that takes the connection and says nothing.
  const overdue = setTimeout(() => {
    if (client.isOpen) client.destroy();
  }, 2 * connectMs);
  try {
    await client.connect();
    return client;
  } catch (error) {
    throw why ?? error;
  } finally {
    clearTimeout(overdue);
  }
}

async function locate(place: Place, key: string): Promise<Address> {
  const [only] = place.addresses;
  if (place.kind === "standalone" && only !== undefined) return only;
  let why: unknown;
  for (const address of place.addresses) {
    const password = place.kind === "sentinel" ? place.access.sentinelPassword : place.password;
    const username = place.kind === "sentinel" ? undefined : place.username;
    const asked = unconnected(address, { ...place, username, password }, "signalbox-webgui-asks");
    try {
      await opened(asked, () => {});
      const found =
        place.kind === "sentinel" ? await primaryOf(asked, place.group) : await holderOf(asked, key, address);
      if (found !== undefined) return found;
    } catch (error) {
      why = error;
    } finally {
      if (asked.isOpen) asked.destroy();
    }
  }
  throw why ?? new Error("nobody knows where it is");
}

async function primaryOf(sentinel: Client, group: string): Promise<Address | undefined> {
  const answer: unknown = await sentinel.sendCommand(["SENTINEL", "GET-MASTER-ADDR-BY-NAME", group]);
  return Array.isArray(answer) ? { host: String(answer[0]), port: Number(answer[1]) } : undefined;
}

async function holderOf(member: Client, key: string, asked: Address): Promise<Address | undefined> {
  const slot = Number(await member.sendCommand(["CLUSTER", "KEYSLOT", key]));
  const ranges = (await member.sendCommand(["CLUSTER", "SLOTS"])) as unknown as Array<
    [number, number, [string, number]]
  >;
  const [, , primary] = ranges.find(([from, to]) => from <= slot && slot <= to) ?? [];
  // Redis leaves the name out where it means itself.
  return primary && { host: String(primary[0] || asked.host), port: Number(primary[1]) };
}
