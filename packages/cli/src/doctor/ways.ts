/** Which ways to the gateway there are from here: what is between may let some of them not pass. */
import type { TransportName } from "@signalbox/client";
import { type Connection, clientOf } from "../connection.ts";
import { type Finding, ok, warn } from "./check.ts";

/** Longer than what a client waits for before it takes the next. */
const answerMs = 6_000;
const ways: readonly TransportName[] = ["websocket", "sse", "poll"];
const names: Record<TransportName, string> = {
  websocket: "WebSockets",
  sse: "event streams",
  poll: "polls",
};

export async function checkWays(connection: Connection): Promise<Finding> {
  const tried = await Promise.all(ways.map(async (way) => ({ way, why: await blocked(connection, way) })));
  return waysFinding(tried);
}

/** By transport, why it does not get through. */
export function waysFinding(tried: ReadonlyArray<{ way: TransportName; why: string | undefined }>): Finding {
  const open = tried.filter(({ why }) => why === undefined).map(({ way }) => names[way]);
  const shut = tried.filter(({ why }) => why !== undefined);
  if (shut.length === 0) return ok("transports", `${open.join(", ")} get through`);
  const found = shut.map(({ way, why }) => `${names[way]} do not get through (${why})`).join("; ");
  return warn(
    "transports",
    open.length > 0 ? `${found}; clients use ${open[0]}` : found,
    "Set up the proxy on the way as docs/blocked.md says.",
  );
}

/** Undefined once the gateway spoke on it. */
function blocked(connection: Connection, way: TransportName): Promise<string | undefined> {
  const client = clientOf(connection, [way]);
  return new Promise((resolve) => {
    const end = (why: string | undefined): void => {
      clearTimeout(overdue);
      stop();
      client.close();
      resolve(why);
    };
    const overdue = setTimeout(() => end("no word in 6 s"), answerMs);
    const stop = client.link.subscribe(() => {
      const { state, reason } = client.link.snapshot();
      if (state === "live") end(undefined);
      else if (reason !== undefined) end(reason.name);
    });
    client.connect();
  });
}
