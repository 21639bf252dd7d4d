/** A program for a page, as a page would load it: bundled from the sources. */
import { resolve } from "node:path";
import { rolldown } from "rolldown";

const root = resolve(import.meta.dirname, "../..");

/** `entry`: a module, in which `CLIENT` stands for the folder of the client's sources. Its exports become the global `page`. */
export async function pageScript(entry: string): Promise<string> {
  const name = resolve(root, "page-entry.ts");
  const source = entry.replaceAll("CLIENT", resolve(root, "packages/client/src"));
  const made = await rolldown({
    input: name,
    cwd: root,
    platform: "browser",
    resolve: { conditionNames: ["source", "import", "default"] },
    plugins: [
      { name: "entry", resolveId: (id) => (id === name ? id : null), load: (id) => (id === name ? source : null) },
    ],
  });
  try {
    const { output } = await made.generate({ format: "iife", name: "page" });
    return output[0].code;
  } finally {
    await made.close();
  }
}
