#!/usr/bin/env node
// Starts the command line on a Node that can run it. Plain old JavaScript: it must parse on Node 14 and later.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const built = join(here, "..", "dist", "main.js");
const source = join(here, "..", "src", "main.ts");
const cache = join(here, "compile-cache.cjs");
// A checkout runs its sources, even after a build: an old build must not hide an edit. A published package has none.
const isCheckout = existsSync(source);

// 22.13 brought node:sqlite without a flag; 22.18 runs TypeScript without one.
const needed = isCheckout ? [22, 18] : [22, 13];

/** @param {string} version */
function isOldNode(version) {
  const parts = version.split(".").map(Number);
  return parts[0] < needed[0] || (parts[0] === needed[0] && parts[1] < needed[1]);
}

/** The Node that package-lock.json pins, in the nearest node_modules above. */
function pinnedNode() {
  let folder = here;
  for (;;) {
    const places = [join(folder, "node_modules", "node", "bin", "node"), join(folder, "node_modules", ".bin", "node")];
    const found = places.find((place) => existsSync(place));
    if (found) return found;
    const above = dirname(folder);
    if (above === folder) return undefined;
    folder = above;
  }
}

/** @param {string} node */
function runWith(node) {
  const args = ["--require", cache].concat(isCheckout ? ["--conditions=source", source] : [built]);
  const child = spawn(node, args.concat(process.argv.slice(2)), { stdio: "inherit" });
  // The terminal sends Ctrl-C to the child as well; only signals meant for this process are passed on.
  process.on("SIGINT", () => {});
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    console.error(`signalbox: ${node} cannot be started: ${error.message}`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    if (signal) {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    } else process.exitCode = code;
  });
}

if (isOldNode(process.versions.node)) {
  const says = `signalbox: Node ${process.versions.node} is older than ${needed.join(".")}`;
  const pinned = pinnedNode();
  if (pinned) {
    console.error(`${says}; using ${pinned}`);
    runWith(pinned);
  } else {
    console.error(`${says}, the oldest that works. Install a newer one (https://nodejs.org) and run this again.`);
    process.exitCode = 1;
  }
} else if (isCheckout) {
  runWith(process.execPath);
} else {
  await import(pathToFileURL(cache).href);
  await import(pathToFileURL(built).href);
}
