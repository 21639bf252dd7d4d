/** Type-checks parts of pages, React's and Vue's, as their bundler would read them. */
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../scripts/repository.ts";
import { run } from "../../scripts/run.ts";

/** What Vue makes of a template leaves parameters without types and names without use. */
const loose = { noImplicitAny: false, noUnusedLocals: false, noUnusedParameters: false };

/** The complaints about the .tsx and .vue files of a folder from which the packages can be found; empty if there are none. */
export async function checkPageTypes(folder: string): Promise<string> {
  const node = ["--conditions=source", join(import.meta.dirname, "vue-modules.ts"), folder];
  const vue = await run(process.execPath, node);
  if (vue.code !== 0) return vue.output;
  const files = readdirSync(folder).filter((name) => name.endsWith(".tsx"));
  const compilerOptions = {
    ...{ module: "ESNext", moduleResolution: "Bundler", lib: ["ES2023", "DOM", "DOM.Iterable"], jsx: "react-jsx" },
    ...(files.some((name) => name.endsWith(".vue.tsx")) && loose),
  };
  const config = join(folder, "tsconfig.json");
  writeFileSync(config, JSON.stringify({ extends: join(root, "tsconfig.base.json"), compilerOptions, files }));
  const { output, code } = await run("tsc", ["-p", config, "--pretty", "false"], { cwd: folder });
  return code === 0 ? "" : output;
}
