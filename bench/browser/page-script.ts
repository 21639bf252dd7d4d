/** The page's program as one script. */
import { join } from "node:path";
import { rolldown } from "rolldown";
import { root } from "../place.ts";

/** Its exports are properties of the global `bench`. */
export async function pageScript(): Promise<string> {
  const bundle = await rolldown({
    input: join(import.meta.dirname, "page.ts"),
    cwd: root,
    platform: "browser",
    resolve: { conditionNames: ["source", "import", "default"] },
  });
  const { output } = await bundle.generate({ format: "iife", name: "bench", minify: true });
  await bundle.close();
  return output[0].code;
}
