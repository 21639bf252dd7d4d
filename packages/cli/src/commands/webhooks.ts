import type { Command } from "commander";
import { type ConnectionFlags, clientOf, connectionOf, withConnection } from "../connection.ts";
import { Failure, toFailure } from "../failure.ts";
import type { Io } from "../io.ts";
import { collect, parseCount } from "../parse.ts";
import { ago, counted } from "../text/describe.ts";
import { sanitised } from "../text/sanitise.ts";
import { table } from "../text/table.ts";

interface WebhookFlags extends ConnectionFlags {
  json?: true;
}

interface AddFlags extends WebhookFlags {
  notify?: string[];
  /** Seconds. */
  delay?: number;
  label?: string;
}

interface Webhook {
  id: string;
  url: string;
  label?: string;
  notify: string[];
  delayMs: number;
  paused: boolean;
  failures: number;
  lastSentMs?: number;
  disabled?: string;
}

interface Delivery {
  status?: number;
  tookMs: number;
  error?: string;
}

type Ask = <Answer>(path: string, init?: { method: string; body?: unknown }) => Promise<Answer>;

export function addWebhooks(program: Command, io: Io): void {
  const webhooks = program
    .command("webhooks")
    .summary("be told over HTTP what needs you")
    .description("Lists your webhooks: servers that are sent a signed message when a decision waits for you.")
    .option("--json", "print each as JSON, one a line")
    .addHelpText(
      "after",
      `
Examples:
  signalbox webhooks
  signalbox webhooks add https://hooks.example.org/signalbox --delay 60
  signalbox webhooks test w_3kd8aJq0Zx1c
  signalbox webhooks rotate w_3kd8aJq0Zx1c`,
    );
  withConnection(webhooks).action((flags: WebhookFlags) => run(flags, io, (ask) => list(ask, flags, io)));
  withConnection(
    webhooks
      .command("add")
      .description("Adds a webhook and prints its secret, once: with it the receiver checks who sends.")
      .argument("<url>", "https, and on the public internet unless the configuration allows others")
      .option("--notify <what>", "needs_you or trouble; may be repeated (default: needs_you)", collect)
      .option(
        "--delay <seconds>",
        "how long something may wait before it is told, at most 600 (default: 30)",
        parseCount,
      )
      .option("--label <text>", "what you call it")
      .option("--json", "print {id, secret, …} as JSON"),
  ).action((url: string, flags: AddFlags, command: Command) =>
    run(allFlags(command, flags), io, (ask) => add(ask, url, allFlags(command, flags), io)),
  );
  const deed = (name: string, description: string, act: (ask: Ask, id: string, flags: WebhookFlags) => Promise<void>) =>
    withConnection(
      webhooks
        .command(name)
        .description(description)
        .argument("<id>", "as `signalbox webhooks` shows it")
        .option("--json", "print the answer as JSON"),
    ).action((id: string, flags: WebhookFlags, command: Command) =>
      run(allFlags(command, flags), io, (ask) => act(ask, id, allFlags(command, flags))),
    );
  deed(
    "rotate",
    "Gives it a new secret, and prints it; for a day the old one signs, too.",
    async (ask, id, { json }) => {
      const made = await ask<Webhook & { secret: string }>(`${pathOf(id)}/rotate`, { method: "POST", body: {} });
      io.out.line(json ? JSON.stringify(made) : made.secret);
      if (!json) io.err.line("the old secret signs beside it for a day; this one is shown this once");
    },
  );
  deed("test", "Sends it a test, and says what came of it.", async (ask, id, { json }) => {
    const { error, status, tookMs, ...rest } = await ask<Delivery>(`${pathOf(id)}/test`, { method: "POST", body: {} });
    if (json) io.out.line(JSON.stringify({ ...rest, status, tookMs, error }));
    else if (error === undefined) io.err.line(`it took the test: status ${status}, in ${tookMs} ms`);
    if (error !== undefined) throw new Failure(`the test was not taken: ${sanitised(error)}`, nextOf(status));
  });
  deed("remove", "Removes it: its server is told nothing more.", async (ask, id, { json }) => {
    const answer = await ask(pathOf(id), { method: "DELETE" });
    if (json) io.out.line(JSON.stringify(answer));
    else io.err.line(`${sanitised(id)} is removed`);
  });
}

const pathOf = (id: string): string => `/v1/notifications/webhooks/${encodeURIComponent(id)}`;

const nextOf = (status: number | undefined): string =>
  status === undefined ? "Is its address right, and does it answer?" : "Look at the receiver's own log.";

/** --json may stand before the name of the deed as well. */
const allFlags = <Flags extends WebhookFlags>(command: Command, flags: Flags): Flags => ({
  ...command.parent?.opts(),
  ...flags,
});

async function run(flags: WebhookFlags, io: Io, act: (ask: Ask) => Promise<void>): Promise<void> {
  const connection = connectionOf(flags, io);
  const client = clientOf(connection);
  try {
    await act((path, init) => client.request(path, init));
  } catch (error) {
    throw toFailure(error, connection.url);
  } finally {
    client.close();
  }
}

async function add(ask: Ask, url: string, { notify, delay, label, json }: AddFlags, io: Io): Promise<void> {
  const body = {
    url,
    ...(notify === undefined ? {} : { notify }),
    ...(delay === undefined ? {} : { delayMs: delay * 1_000 }),
    ...(label === undefined ? {} : { label }),
  };
  const made = await ask<Webhook & { secret: string }>("/v1/notifications/webhooks", { method: "POST", body });
  io.out.line(json ? JSON.stringify(made) : made.secret);
  if (!json) io.err.line(`webhook ${made.id} is added; its secret is shown this once`);
}

async function list(ask: Ask, { json }: WebhookFlags, io: Io): Promise<void> {
  const { webhooks } = await ask<{ webhooks: Webhook[] }>("/v1/notifications/webhooks");
  if (json) {
    for (const one of webhooks) io.out.line(JSON.stringify(one));
    return;
  }
  if (webhooks.length === 0) {
    io.err.line("no webhooks: signalbox webhooks add URL");
    return;
  }
  const { paint } = io.out;
  const head = ["ID", "ADDRESS", "TELLS", "AFTER", "LAST", "STATE"].map((title) => paint.dim(title));
  const now = Date.now();
  const rows = webhooks.map((one) => [
    paint.cyan(one.id),
    sanitised(one.url),
    one.notify.join(" "),
    `${one.delayMs / 1_000} s`,
    one.lastSentMs === undefined ? "never" : ago(now - one.lastSentMs),
    one.disabled === undefined ? (one.paused ? "paused" : "active") : sanitised(`stopped: ${one.disabled}`),
  ]);
  io.out.write(table([head, ...rows]));
  io.err.line(paint.dim(counted(webhooks.length, "webhook")));
}
