/** The gateway: where it is, whether it answers, lets us in and tells the same time. */
import { createServer } from "node:net";
import { type Connection, type ConnectionFlags, connectionOf } from "../connection.ts";
import { Failure } from "../failure.ts";
import type { Io } from "../io.ts";
import { sanitised } from "../text/sanitise.ts";
import { type Finding, fail, ok, warn } from "./check.ts";
import { checkNodes, type Nodes } from "./nodes.ts";
import { checkWays } from "./ways.ts";

export const defaultPort = 7400;
const answerMs = 5_000;
/** Times of events come from their senders: a second is not seen, a minute confuses people. */
const clockMs = 5_000;

export async function checkGateway(flags: ConnectionFlags, io: Io): Promise<Finding[]> {
  let connection: Connection;
  try {
    connection = connectionOf(flags, io);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return [warn("gateway", "none is running here", "signalbox serve"), await checkPort(defaultPort)];
  }
  const { url, from } = connection;
  const asked = Date.now();
  const answer = await get(`${url}/health/ready`, undefined);
  if (typeof answer === "string") {
    const mend = "Start it with `signalbox serve`, or correct --url or SIGNALBOX_URL.";
    const port = isLocal(url) ? [await checkPort(portOf(new URL(url)))] : [];
    return [fail("gateway", `${url} (from ${from}) does not answer: ${answer}`, mend), ...port];
  }
  const ready = answer.ok
    ? ok("gateway", `${url} is ready`)
    : warn("gateway", `${url} answers, but is not ready (${answer.status})`, "Look at the gateway's log.");
  const clock = checkClock(answer.headers.get("date"), asked, Date.now());
  const token = await checkToken(connection);
  // With a token that is refused no way would work.
  const more = token.status === "ok" ? [await checkWays(connection), ...(await checkOthers(connection))] : [];
  return [ready, token, ...more, clock];
}

/** Who may not see them is not told of them. */
async function checkOthers({ url, token }: Connection): Promise<Finding[]> {
  const answer = await get(`${url}/v1/nodes`, token);
  if (typeof answer === "string" || !answer.ok) return [];
  return checkNodes((await answer.json()) as Nodes);
}

async function checkToken({ url, token }: Connection): Promise<Finding> {
  const mend =
    "Give the gateway's token: --token or SIGNALBOX_TOKEN; it is the file admin-token in its data directory.";
  if (token === undefined) return fail("token", "there is none", mend);
  const answer = await get(`${url}/v1/info`, token);
  if (typeof answer === "string") return fail("token", `could not be tried: ${answer}`, "Run doctor again.");
  if (!answer.ok) return fail("token", `the gateway refuses it (${answer.status})`, mend);
  const info: unknown = await answer.json().catch(() => undefined);
  const { name, version }: { name?: unknown; version?: unknown } =
    typeof info === "object" && info !== null ? info : {};
  if (typeof version !== "string") {
    return fail("token", `${url} is not a Signalbox gateway`, "Another program has that address: correct --url.");
  }
  return ok("token", `accepted by ${sanitised(`${name} ${version}`)}`);
}

/** The header counts whole seconds, cut off. */
export function checkClock(header: string | null, askedMs: number, answeredMs: number): Finding {
  const theirsMs = header === null ? Number.NaN : Date.parse(header);
  if (Number.isNaN(theirsMs)) return warn("clock", "the gateway does not say its time", "Nothing to do.");
  const behindMs = Math.max(0, askedMs - (theirsMs + 1_000), theirsMs - answeredMs);
  return behindMs > clockMs
    ? warn("clock", `the gateway's differs by ${Math.round(behindMs / 1_000)} s`, "Set both clocks by NTP.")
    : ok("clock", "the gateway's agrees");
}

function checkPort(port: number): Promise<Finding> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error) => {
      const why = "code" in error && error.code === "EADDRINUSE" ? "another program has it" : error.message;
      const mend = "`signalbox serve` takes the next free one; choose another with --port N.";
      resolve(warn("port", `${port} cannot be used: ${why}`, mend));
    });
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(ok("port", `${port} is free`))));
  });
}

const portOf = ({ port, protocol }: URL): number => Number(port || (protocol === "https:" ? 443 : 80));
const isLocal = (url: string): boolean => ["127.0.0.1", "localhost", "[::1]"].includes(new URL(url).hostname);

/** The answer, or why there is none. */
async function get(url: string, token: string | undefined): Promise<Response | string> {
  try {
    return await fetch(url, {
      signal: AbortSignal.timeout(answerMs),
      ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
    });
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return cause instanceof Error ? cause.message : String(cause);
  }
}
