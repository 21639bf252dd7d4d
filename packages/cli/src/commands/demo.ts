import { setTimeout as wait } from "node:timers/promises";
import type { Command } from "commander";
import { type Connection, type ConnectionFlags, clientOf, connectionOf, withConnection } from "../connection.ts";
import { runFleet } from "../demo/fleet.ts";
import { Failure } from "../failure.ts";
import type { Io } from "../io.ts";
import { parseCount } from "../parse.ts";
import { type OpenGateway, openGateway } from "../serve/open-gateway.ts";

interface DemoFlags extends ConnectionFlags {
  seconds?: number;
}

const answerMs = 3_000;

export function addDemo(program: Command, io: Io): void {
  const command = program
    .command("demo")
    .summary("run a small fleet that really works")
    .description(
      "Three agents at work: one writes code test by test with a real `node --test`, one builds it over and over, one " +
        "checks the gateway's health. Uses the gateway that runs here, or starts one. Ctrl-C ends all of it.",
    )
    .option("--seconds <n>", "end by itself after n seconds", parseCount)
    .addHelpText(
      "after",
      `
Examples:
  signalbox demo
  signalbox demo --seconds 60
  signalbox tail 'agent:demo-*'       in another terminal`,
    );
  withConnection(command).action((flags: DemoFlags) => demo(flags, io));
}

async function demo(flags: DemoFlags, io: Io): Promise<void> {
  const stop = new AbortController();
  let signals = 0;
  const onSignal = (): void => {
    if (signals++ > 0) process.exit(1);
    io.out.line("ending …");
    stop.abort();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, onSignal);

  const { connection, own } = await findOrStart(flags, io);
  const { paint } = io.out;
  const link = connection.token === undefined ? connection.url : `${connection.url}/#token=${connection.token}`;
  io.out.line(`a small fleet is at work; watch it at ${paint.cyan(paint.underline(link))}`);
  io.out.line(paint.dim("Ctrl-C ends it"));
  if (flags.seconds !== undefined) {
    wait(flags.seconds * 1_000, undefined, { signal: stop.signal, ref: false }).then(
      () => stop.abort(),
      () => undefined,
    );
  }
  const client = clientOf(connection);
  try {
    await runFleet({ client, url: connection.url, io, stop: stop.signal });
  } finally {
    client.close();
    await own?.close();
  }
}

async function findOrStart(flags: DemoFlags, io: Io): Promise<{ connection: Connection; own?: OpenGateway }> {
  const given = flags.url !== undefined || Boolean(io.env.SIGNALBOX_URL);
  const known = given ? connectionOf(flags, io) : knownConnection(flags, io);
  if (known !== undefined && (await answers(known.url))) return { connection: known };
  if (given) {
    const next = "Start it, or leave --url and SIGNALBOX_URL out: the demo then starts one itself.";
    throw new Failure(`the gateway at ${known?.url} does not answer`, next, 3);
  }
  const own = await openGateway({ log: { level: "warn" } }, io);
  const { url, token } = own.gateway;
  return { connection: { url, token, from: "the demo itself" }, own };
}

function knownConnection(flags: DemoFlags, io: Io): Connection | undefined {
  try {
    return connectionOf(flags, io);
  } catch {
    return undefined;
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(answerMs) })).ok;
  } catch {
    return false;
  }
}
