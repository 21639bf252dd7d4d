/** Writes config.schema.json from the schema in src/config; a test holds the two together. */
import { writeFileSync } from "node:fs";
import { configDocument } from "../src/config/schema.ts";

writeFileSync(
  new URL("../config.schema.json", import.meta.url),
  `${JSON.stringify(configDocument(), undefined, 2)}\n`,
);
