/** Run by the demo's builder: packs the modules of a directory over and over, and says so line by line. */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { brotliCompressSync, gzipSync } from "node:zlib";

const [directory = "."] = process.argv.slice(2);
const lineMs = 150;
const passMs = 1_000;

const paint = (code: number, text: string): string => `\u001b[${code}m${text}\u001b[0m`;
const kilobytes = (bytes: number): string => `${(bytes / 1_000).toFixed(2)} kB`;

function say(text: string): void {
  console.log(`${paint(2, new Date().toISOString().slice(11, 23))} ${text}`);
}

function modules(): string[] {
  try {
    return readdirSync(join(directory, "src")).sort();
  } catch {
    // The developer is just beginning again.
    return [];
  }
}

for (let pass = 1; ; pass++) {
  const names = modules();
  say(paint(36, `pass ${pass} begins: ${names.length} modules`));
  const parts: string[] = [];
  for (const name of names) {
    let source: string;
    try {
      source = readFileSync(join(directory, "src", name), "utf8");
    } catch {
      console.error(paint(33, `warning: ${name} went away while we looked`));
      continue;
    }
    if (!source.startsWith("/**")) console.error(paint(33, `warning: ${name} has no comment that says what it does`));
    const hash = createHash("sha256").update(source).digest("hex").slice(0, 8);
    const packed = gzipSync(source, { level: 9 });
    say(
      `${paint(32, "packed")} ${name.padEnd(14)} ${kilobytes(source.length)} → ${kilobytes(packed.length)} ${paint(2, hash)}`,
    );
    parts.push(source);
    await wait(lineMs);
  }
  const bundle = parts.join("\n");
  mkdirSync(join(directory, "dist"), { recursive: true });
  writeFileSync(join(directory, "dist", "till.js"), bundle);
  const sizes = `${kilobytes(bundle.length)}, ${kilobytes(brotliCompressSync(bundle).length)} as brotli`;
  console.log(`pass ${pass}: ${names.length} modules, ${sizes}`);
  await wait(passMs);
}
