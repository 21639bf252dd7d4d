/**
 * What the tests need of the system: Chromium, nginx, haproxy, Redis, RabbitMQ, openssl, and Python with the packages of requirements.txt in `.venv`.
 * Installs what is missing where it can (as root on Debian); otherwise says what to install. Costs milliseconds when all is there.
 */
import { accessSync, constants, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { root } from "./repository.ts";
import { type Ran, run } from "./run.ts";

interface Need {
  what: string;
  /** Debian packages that bring it. */
  debian: readonly string[];
  /** Any of these programs will do. */
  programs: readonly string[];
  /** What these packages would start, now and at every boot; the tests start their own. */
  services?: readonly string[];
}

export const chromiumNames = ["chromium", "chromium-browser", "google-chrome"];
/** It runs as root, without a graphics card, and asks nobody on the internet. */
export const chromiumSwitches: readonly string[] = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const needs: readonly Need[] = [
  { what: "Chromium", debian: ["chromium"], programs: chromiumNames },
  { what: "Python 3", debian: ["python3", "python3-venv"], programs: ["python3"] },
  { what: "nginx", debian: ["nginx"], programs: ["nginx"], services: ["nginx"] },
  { what: "haproxy", debian: ["haproxy"], programs: ["haproxy"], services: ["haproxy"] },
  // Brings redis-cli; as sentinels the tests run it too.
  { what: "Redis", debian: ["redis-server"], programs: ["redis-server"], services: ["redis-server"] },
  { what: "RabbitMQ", debian: ["rabbitmq-server"], programs: ["rabbitmq-server"], services: ["rabbitmq-server"] },
  { what: "OpenSSL's command", debian: ["openssl"], programs: ["openssl"] },
];

const requirements = join(import.meta.dirname, "requirements.txt");
const venv = join(root, ".venv");
/** Holds the text of requirements.txt as it was installed. */
const stamp = join(venv, "installed.txt");

/** Where Debian puts servers; not on the PATH of people who are not root. */
const serverFolders = ["/usr/sbin", "/usr/local/sbin"];

/** The first of these programs on PATH, or among the servers. */
export function programPath(names: readonly string[]): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(delimiter).filter(Boolean), ...serverFolders];
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Nothing when the system is ready; otherwise what a person must do. */
export async function setUpSystem(): Promise<string | undefined> {
  const missing = needs.filter((need) => programPath(need.programs) === undefined);
  if (missing.length > 0) {
    const problem = await installDebian(missing);
    if (problem) return problem;
  }
  return setUpPython();
}

async function installDebian(missing: readonly Need[]): Promise<string | undefined> {
  const packages = missing.flatMap((need) => need.debian);
  const names = missing.map((need) => need.what).join(" and ");
  const byHand = existsSync("/etc/debian_version")
    ? `Run: sudo apt-get install ${packages.join(" ")}`
    : `On Debian: apt-get install ${packages.join(" ")}`;
  if (!existsSync("/etc/debian_version") || process.getuid?.() !== 0) {
    return `The tests need ${names}, found on PATH as one of: ${missing.flatMap((n) => n.programs).join(", ")}. ${byHand}`;
  }
  console.log(`Installing ${names} with apt-get …`);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const ran = await withoutServices(missing, () =>
    firstFailure([
      () => run("apt-get", ["update", "-qq"], { env }),
      () => run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...packages], { env }),
    ]),
  );
  return ran && `apt-get could not install ${packages.join(" ")}:\n${lastLines(ran)}`;
}

/** Debian starts what it installs unless this program says no (101); container images bring one that does. */
const policy = "/usr/sbin/policy-rc.d";

async function withoutServices<Result>(missing: readonly Need[], install: () => Promise<Result>): Promise<Result> {
  const services = missing.flatMap((need) => need.services ?? []);
  const denied = services.length > 0 && !existsSync(policy);
  if (denied) writeFileSync(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    return await install();
  } finally {
    if (denied) rmSync(policy, { force: true });
    // Nor at the next boot. Nobody had them before; where there is no systemd this does nothing.
    if (existsSync("/run/systemd/system")) {
      for (const service of services) await run("systemctl", ["disable", service]);
    }
  }
}

/** `.venv` has what requirements.txt says. */
export const isPythonReady = (): boolean =>
  existsSync(stamp) && readFileSync(stamp, "utf8") === readFileSync(requirements, "utf8");

async function setUpPython(): Promise<string | undefined> {
  const wanted = readFileSync(requirements, "utf8");
  if (isPythonReady()) return undefined;
  console.log("Making .venv with the Python packages of scripts/requirements.txt …");
  rmSync(venv, { recursive: true, force: true });
  const make = (): Promise<Ran> => run("python3", ["-m", "venv", venv]);
  let made = await make();
  if (made.code !== 0) {
    // Debian ships venv apart from python3.
    const problem = await installDebian([{ what: "Python's venv", debian: ["python3-venv"], programs: ["python3"] }]);
    if (problem) return problem;
    rmSync(venv, { recursive: true, force: true });
    made = await make();
  }
  if (made.code !== 0) return `python3 -m venv failed:\n${lastLines(made)}`;
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements];
  const ran = await firstFailure([() => run(join(venv, "bin", "python"), pip)]);
  if (ran) return `pip could not install scripts/requirements.txt:\n${lastLines(ran)}`;
  writeFileSync(stamp, wanted);
  return undefined;
}

/** Networks hiccup: each step is tried twice. */
async function firstFailure(steps: readonly (() => Promise<Ran>)[]): Promise<Ran | undefined> {
  for (const step of steps) {
    if ((await step()).code === 0) continue;
    const again = await step();
    if (again.code !== 0) return again;
  }
  return undefined;
}

const lastLines = ({ output }: Ran): string => output.trim().split("\n").slice(-8).join("\n");

if (import.meta.main) {
  const problem = await setUpSystem();
  console.log(problem ?? "The system has what the tests need.");
  process.exitCode = problem ? 1 : 0;
}
