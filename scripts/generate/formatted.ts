import { spawnSync } from "node:child_process";
import { root } from "../repository.ts";
import { projectEnv } from "../run.ts";

/** A text as the project's formatter writes it; the name says which language it is in. */
export function formatted(name: string, text: string): string {
  const { status, stdout, stderr } = spawnSync("biome", ["format", `--stdin-file-path=${name}`], {
    cwd: root,
    env: projectEnv(),
    input: text,
    encoding: "utf8",
    maxBuffer: 16 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`biome cannot format the generated ${name}: ${stderr}`);
  return stdout;
}
