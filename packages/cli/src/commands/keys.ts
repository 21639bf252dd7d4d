import type { KeyInfo } from "@signalbox/gateway";
import { type Command, Option } from "commander";
import { accessFailure, type DataDirFlags, withDataDir } from "../access/data-dir.ts";
import { openAccess } from "../access/kept.ts";
import { unknownRoles, wrongVerb } from "../access/names.ts";
import { exitCodes, Failure } from "../failure.ts";
import type { Io } from "../io.ts";
import { collect, collectCapability, type GivenCapability, parseDuration } from "../parse.ts";
import { ago, counted } from "../text/describe.ts";
import { sanitised } from "../text/sanitise.ts";
import { table } from "../text/table.ts";

interface CreateFlags extends DataDirFlags {
  role?: string[];
  capability?: GivenCapability[];
  agent?: string;
  tenant?: string;
  subject?: string;
  kind?: KeyInfo["kind"];
  /** Milliseconds from now. */
  expires?: number;
  json?: true;
}

interface ListFlags extends DataDirFlags {
  json?: true;
}

export function addKeys(program: Command, io: Io): void {
  const keys = program
    .command("keys")
    .summary("make, list and revoke API keys")
    .description(
      "API keys are tokens for agents, runners and scripts, each with rights of its own. They are kept as hashes in the " +
        "data directory, or with SIGNALBOX_REDIS_URL in the Redis that nodes share; gateways that run follow within a second.",
    )
    .addHelpText(
      "after",
      `
Examples:
  signalbox keys create coder-001 --role agent --agent coder-001 --expires 90d
  signalbox keys create board --capability 'process:*=subscribe,history'
  signalbox keys list
  signalbox keys revoke k3v9x2m4abcd`,
    );
  withDataDir(
    keys
      .command("create")
      .description("Makes a key and prints its token, once: it cannot be shown again.")
      .argument("<name>", "what people call it")
      .option("--role <role>", "viewer, operator, approver, agent, admin or one of yours; may be repeated", collect)
      .option(
        "--capability <rights>",
        "'PATTERN=VERB,VERB', such as 'agent:*=subscribe,command(pause)'; may be repeated",
        collectCapability,
      )
      .option("--agent <id>", "the only agent it may speak as")
      .option("--tenant <tenant>", "the tenant it belongs to (default: the gateway's own)")
      .option("--subject <id>", "whom it speaks for (default: key:ID)")
      .addOption(
        new Option("--kind <kind>", "user, agent or service (default: agent with --agent, else service)").choices([
          "user",
          "agent",
          "service",
        ]),
      )
      .option("--expires <time>", "when it ends: 90m, 12h, 30d, 4w (default: never)", parseDuration)
      .option("--json", "print {token, id, name, …} as JSON")
      .addHelpText(
        "after",
        `
Verbs: subscribe, history, publish, presence, command, approve, admin (all of them).
command(NAME,NAME) allows only the commands of these names.

Examples:
  signalbox keys create coder-001 --role agent --agent coder-001 --expires 90d
  signalbox keys create ada --role operator --role approver --kind user --subject ada
  signalbox keys create brake --capability 'agent:*=history,command(pause,resume)'
  SIGNALBOX_TOKEN=$(signalbox keys create ci --role agent --agent ci --expires 12h) npm run nightly`,
      ),
  ).action((name: string, flags: CreateFlags) => create(name, flags, io));
  withDataDir(
    keys
      .command("list")
      .description("Lists keys, oldest first; those that ended stay for 90 days.")
      .option("--json", "print each key as JSON, one a line"),
  ).action((flags: ListFlags) => list(flags, io));
  withDataDir(
    keys
      .command("revoke")
      .description("Revokes a key for good: whoever is connected with it is cut off within a second.")
      .argument("<id>", "its id, or how its token begins: sbk_ID_"),
  ).action((id: string, flags: DataDirFlags) => revoke(id, flags, io));
}

async function create(name: string, flags: CreateFlags, io: Io): Promise<void> {
  const { role = [], capability = [], agent, tenant, subject, kind, expires } = flags;
  if (role.length === 0 && capability.length === 0) {
    const next = "Say what it may do: --role viewer, or --capability 'agent:*=subscribe,history'.";
    throw new Failure("a key without a role or a capability may do nothing", next, exitCodes.usage);
  }
  const wrong = await wrongVerb(capability);
  if (wrong !== undefined) throw wrong;
  const { keys, where, close } = await openAccess(flags, io, { mustExist: false });
  try {
    const { token, key } = await keys.create({
      name,
      role,
      capabilities: capability,
      ...(agent === undefined ? {} : { agentId: agent }),
      ...(tenant === undefined ? {} : { tenant }),
      ...(subject === undefined ? {} : { subject }),
      ...(kind === undefined ? {} : { kind }),
      ...(expires === undefined ? {} : { expiresAtMs: Date.now() + expires }),
    });
    if (flags.json) io.out.line(JSON.stringify({ token, ...key }));
    else io.out.line(token);
    io.err.line(`key ${key.id} is kept in ${where}; its token is shown this once`);
    for (const warning of await unknownRoles(role)) io.err.line(warning);
    if (expires === undefined) io.err.line("it has no end: --expires 90d gives it one");
  } catch (error) {
    throw accessFailure(error);
  } finally {
    await close();
  }
}

type State = "active" | "expired" | "revoked";

async function list(flags: ListFlags, io: Io): Promise<void> {
  const { keys, where, close } = await openAccess(flags, io, { mustExist: true });
  const kept = keys.list();
  await close();
  const now = Date.now();
  if (flags.json) {
    for (const key of kept) io.out.line(JSON.stringify({ ...key, state: stateOf(key, now) }));
    return;
  }
  if (kept.length === 0) {
    io.err.line(`no keys in ${where}: signalbox keys create NAME --role ROLE`);
    return;
  }
  const { paint } = io.out;
  const head = ["ID", "NAME", "FOR", "MAY", "MADE", "STATE"].map((title) => paint.dim(title));
  const rows = kept.map((key) => [
    paint.cyan(key.id),
    sanitised(key.name),
    sanitised(`${key.kind}:${key.subject}${key.tenant === undefined ? "" : ` in ${key.tenant}`}`),
    sanitised(rightsText(key)),
    ago(now - key.createdAtMs),
    stateText(key, now),
  ]);
  io.out.write(table([head, ...rows]));
  io.err.line(paint.dim(counted(kept.length, "key")));
}

function stateOf({ revokedAtMs, expiresAtMs }: KeyInfo, now: number): State {
  if (revokedAtMs !== undefined) return "revoked";
  return expiresAtMs !== undefined && expiresAtMs <= now ? "expired" : "active";
}

function stateText(key: KeyInfo, now: number): string {
  const state = stateOf(key, now);
  if (state === "revoked") return `revoked ${ago(now - (key.revokedAtMs ?? now))}`;
  if (key.expiresAtMs === undefined) return "active, no end";
  if (state === "expired") return `expired ${ago(now - key.expiresAtMs)}`;
  return `active until ${new Date(key.expiresAtMs).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

function rightsText({ roles, capabilities, agentId }: KeyInfo): string {
  const granted = capabilities.map(capabilityText);
  return [...roles, ...granted, ...(agentId === undefined ? [] : [`as ${agentId} only`])].join(" ");
}

/** As it is written after --capability. */
function capabilityText({ channels, verbs, commands }: KeyInfo["capabilities"][number]): string {
  const rights = verbs.map((verb) =>
    verb === "command" && commands !== undefined ? `command(${commands.join(",")})` : verb,
  );
  return `${channels}=${rights.join(",")}`;
}

async function revoke(id: string, flags: DataDirFlags, io: Io): Promise<void> {
  const { keys, where, close } = await openAccess(flags, io, { mustExist: true });
  try {
    // A whole token may be given: it must not come back in what is printed.
    const [named = ""] = id.replace(/^sbk_/, "").split("_", 1);
    const found = keys.list().find((key) => key.id === named);
    if (found === undefined) {
      const next = "`signalbox keys list` shows their ids; another gateway's are in its --data-dir.";
      throw new Failure(`there is no key ${sanitised(named)} in ${where}`, next);
    }
    const name = sanitised(found.name);
    const done = await keys.revoke(found.id);
    io.err.line(done ? `key ${found.id} (${name}) is revoked` : `key ${found.id} (${name}) was revoked before`);
  } catch (error) {
    throw accessFailure(error);
  } finally {
    await close();
  }
}
