/**
 * Beside each .vue file of a folder (the argument) the TypeScript module that Vue makes of it, NAME.vue.tsx: the script, and what
 * its template uses. A process of its own: Vue's compiler wants CommonJS, and the tests prefer modules.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compileScript, parse } from "vue/compiler-sfc";

const [folder = "."] = process.argv.slice(2);
for (const name of readdirSync(folder).filter((file) => file.endsWith(".vue"))) {
  const { descriptor, errors } = parse(readFileSync(join(folder, name), "utf8"), { filename: name });
  if (errors.length > 0) throw new Error(`${name}: ${errors.join("\n")}`);
  writeFileSync(join(folder, `${name}.tsx`), compileScript(descriptor, { id: name, inlineTemplate: true }).content);
}
