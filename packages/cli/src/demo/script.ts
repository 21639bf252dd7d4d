import { extname } from "node:path";
import { fileURLToPath } from "node:url";

/** A program beside this file: TypeScript in a checkout, JavaScript once published. */
export const scriptPath = (name: string): string =>
  fileURLToPath(new URL(`./${name}${extname(import.meta.url)}`, import.meta.url));
