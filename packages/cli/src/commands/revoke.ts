import type { Revocation } from "@signalbox/gateway";
import type { Command } from "commander";
import { accessFailure, type DataDirFlags, withDataDir } from "../access/data-dir.ts";
import { openAccess } from "../access/kept.ts";
import { exitCodes, Failure } from "../failure.ts";
import type { Io } from "../io.ts";
import { sanitised } from "../text/sanitise.ts";

interface RevokeFlags extends DataDirFlags {
  subject?: string;
  tenant?: string;
  token?: string[];
  key?: string;
  lift?: true;
}

export function addRevoke(program: Command, io: Io): void {
  const command = program
    .command("revoke")
    .summary("cut somebody off although their token is still good")
    .description(
      "Refuses every token of somebody that was made until now, one token by its id, or one API key. Connections are cut " +
        "within a second, also by a gateway that runs. Somebody who logs in again gets in again.",
    )
    .option("--subject <who>", "kind and id: user:alice, agent:coder-001, service:ci")
    .option("--tenant <tenant>", "the subject's tenant (default: the gateway's own)")
    .option("--token <issuer jti...>", "one JSON Web Token: who made it, and its id")
    .option("--key <id>", "an API key; `signalbox keys revoke` does it for good")
    .option("--lift", "take the revocation back")
    .addHelpText(
      "after",
      `
Examples:
  signalbox revoke --subject user:alice
  signalbox revoke --subject service:ci --tenant acme
  signalbox revoke --token https://login.example.org 0f3a9c
  signalbox revoke --subject user:alice --lift`,
    );
  withDataDir(command).action((flags: RevokeFlags) => revoke(flags, io));
}

async function revoke(flags: RevokeFlags, io: Io): Promise<void> {
  const revocation = revocationOf(flags);
  const what = sanitised(described(revocation));
  const { revocations, where, close } = await openAccess(flags, io, { mustExist: true });
  try {
    if (!flags.lift) {
      await revocations.revoke(revocation);
      io.err.line(`${what} is cut off, by the gateway of ${where}`);
    } else if (await revocations.lift(revocation)) io.err.line(`${what} is no longer refused`);
    else throw new Failure(`${what} was not revoked in ${where}`, "Name it as it was named when it was revoked.");
  } catch (error) {
    throw accessFailure(error);
  } finally {
    await close();
  }
}

function revocationOf({ subject, tenant, token, key }: RevokeFlags): Revocation {
  const given = [subject, token, key].filter((each) => each !== undefined);
  if (given.length !== 1) throw usage("say whom or what to cut off", "Give one of --subject, --token and --key.");
  if (tenant !== undefined && subject === undefined) throw usage("--tenant goes with --subject", "Leave it out.");
  if (token !== undefined) {
    const [issuer, tokenId, ...more] = token;
    if (issuer === undefined || tokenId === undefined || more.length > 0) {
      throw usage("--token takes two values", "Write --token ISSUER JTI.");
    }
    return { what: "token", issuer, tokenId };
  }
  if (key !== undefined) {
    const [, keyId] = /^(?:sbk_)?([0-9a-z]{12})(?:_.*)?$/.exec(key) ?? [];
    if (keyId === undefined) throw usage("this is no key's id", "`signalbox keys list` shows them.");
    return { what: "key", keyId };
  }
  const [, kind, id = ""] = /^(user|agent|service):(.{1,255})$/.exec(subject ?? "") ?? [];
  if (kind !== "user" && kind !== "agent" && kind !== "service") {
    throw usage(
      `${sanitised(JSON.stringify(subject))} does not say whom`,
      "Write kind and id: user:alice, agent:coder-001, service:ci.",
    );
  }
  return { what: "subject", kind, id, ...(tenant === undefined ? {} : { tenant }) };
}

function described(revocation: Revocation): string {
  if (revocation.what === "key") return `key ${revocation.keyId}`;
  if (revocation.what === "token") return `token ${revocation.tokenId} of ${revocation.issuer}`;
  const { kind, id, tenant } = revocation;
  return `${kind}:${id}${tenant === undefined ? "" : ` in ${tenant}`}`;
}

const usage = (message: string, next: string): Failure => new Failure(message, next, exitCodes.usage);
