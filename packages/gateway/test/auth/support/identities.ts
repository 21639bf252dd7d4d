import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Identity } from "@signalbox/core";
import { onTestFinished } from "vitest";

export const identity = (id: string, more: Partial<Identity> = {}): Identity => ({
  kind: "user",
  id,
  roles: [],
  capabilities: [],
  ...more,
});

/** A directory that is gone when the test is. */
export function freshDir(): string {
  const dir = mkdtempSync(join(tmpdir(), "signalbox-auth-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}
