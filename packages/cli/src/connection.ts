/** Which gateway to talk to, and with which token: flags, then environment, then what a gateway left on disk. */
import { type Client, createClient, type TransportName } from "@signalbox/client";
import type { Command } from "commander";
import { exitCodes, Failure } from "./failure.ts";
import { findGateway, gatewayFilesFor, readGatewayFile } from "./gateway-file.ts";
import type { Io } from "./io.ts";

export interface ConnectionFlags {
  url?: string;
  token?: string;
}

export interface Connection {
  url: string;
  /** Undefined: sent without; the gateway says no. */
  token: string | undefined;
  /** In words, for doctor. */
  from: string;
}

/** The flags that every command has that talks to a gateway. */
export const withConnection = (command: Command): Command =>
  command
    .option("--url <url>", "the gateway (default: SIGNALBOX_URL, else the one that runs here)")
    .option("--token <token>", "its token (default: SIGNALBOX_TOKEN, else the one beside it)");

export function connectionOf(flags: ConnectionFlags, io: Io): Connection {
  const given = flags.url ?? (io.env.SIGNALBOX_URL || undefined);
  const token = flags.token ?? (io.env.SIGNALBOX_TOKEN || undefined);
  if (given !== undefined) {
    const url = checkedUrl(given, flags.url === undefined ? "SIGNALBOX_URL" : "--url");
    const from = flags.url === undefined ? "SIGNALBOX_URL" : "--url";
    return { url, token: token ?? tokenBeside(url, io), from };
  }
  const found = findGateway(io.cwd, io.env);
  if (found === undefined) {
    throw new Failure(
      "no gateway was found",
      "Start one with `signalbox serve`, or name one: --url URL --token TOKEN (or SIGNALBOX_URL, SIGNALBOX_TOKEN).",
      exitCodes.unreachable,
    );
  }
  return { url: found.url, token: token ?? found.token, from: "a running gateway's file" };
}

export function clientOf(connection: Connection, transports?: readonly TransportName[]): Client {
  const { url, token } = connection;
  return createClient({
    url,
    name: "signalbox cli",
    ...(token === undefined ? {} : { token }),
    ...(transports === undefined ? {} : { transports }),
  });
}

function checkedUrl(text: string, source: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new Failure(`${source} is not an address: ${text}`, "Write it as http://127.0.0.1:7400.", exitCodes.usage);
  }
  return url.href.replace(/[?#].*$/, "").replace(/\/+$/, "");
}

/** The token of a gateway on this machine whose address was given by hand. */
const tokenBeside = (url: string, io: Io): string | undefined =>
  gatewayFilesFor(io.cwd, io.env)
    .map((path) => readGatewayFile(path))
    .find((file) => file !== undefined && sameGateway(file.url, url))?.token;

function sameGateway(one: string, other: string): boolean {
  const plain = (url: string): string => url.replace("//localhost:", "//127.0.0.1:").replace(/\/+$/, "");
  return plain(one) === plain(other);
}
