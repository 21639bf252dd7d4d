import { resolve } from "node:path";
import type { Command } from "commander";
import { type ConnectionFlags, withConnection } from "../connection.ts";
import type { Finding } from "../doctor/check.ts";
import { checkGateway } from "../doctor/gateway.ts";
import { checkBrowser, checkDataDir, checkNode, checkPty, checkSpool, checkSqlite } from "../doctor/machine.ts";
import { exitCodes } from "../failure.ts";
import type { Io } from "../io.ts";

interface DoctorFlags extends ConnectionFlags {
  dataDir?: string;
  json?: true;
}

export function addDoctor(program: Command, io: Io): void {
  const command = program
    .command("doctor")
    .summary("say what is wrong here, and how to mend it")
    .description("Looks at Node, disk, port, gateway, token and clock, and says how to mend what is wrong.")
    .option("--data-dir <dir>", "the gateway's data directory (default: SIGNALBOX_DATA_DIR, else .signalbox)")
    .option("--json", "print {ok, checks: [{name, status, message, mend}]}")
    .addHelpText(
      "after",
      `
Exits with 1 if something fails; warnings do not count.

Examples:
  signalbox doctor
  signalbox doctor --url http://build-3:7400 --token "$TOKEN"
  signalbox doctor --json | jq '.checks[] | select(.status != "ok")'`,
    );
  withConnection(command).action(async (flags: DoctorFlags) => {
    process.exitCode = await doctor(flags, io);
  });
}

async function doctor(flags: DoctorFlags, io: Io): Promise<number> {
  const dataDir = resolve(io.cwd, flags.dataDir ?? (io.env.SIGNALBOX_DATA_DIR || ".signalbox"));
  const checks: Finding[] = [
    checkNode(process.versions.node),
    checkSqlite(process.versions.sqlite),
    ...(await checkGateway(flags, io)),
    await checkDataDir(dataDir),
    checkSpool(io.env),
    await checkPty(),
    checkBrowser(io.env),
  ];
  const fine = checks.every((check) => check.status !== "fail");
  if (flags.json) io.out.line(JSON.stringify({ ok: fine, checks }));
  else for (const check of checks) print(check, io);
  return fine ? exitCodes.ok : exitCodes.failure;
}

function print({ name, status, message, mend }: Finding, io: Io): void {
  const { paint } = io.out;
  const mark = { ok: paint.green("ok  "), warn: paint.yellow("warn"), fail: paint.red("FAIL") }[status];
  io.out.line(`${mark}  ${paint.bold(name)}: ${message}`);
  if (mend !== undefined) io.out.line(`      ${paint.dim("→")} ${mend}`);
}
