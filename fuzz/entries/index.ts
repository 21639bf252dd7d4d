/** Every entry of the fuzzer; a new one is a file and a line here. */
import type { Entry } from "../entry.ts";
import { cloudevents } from "./cloudevents.ts";
import { filters } from "./filters.ts";
import { frames } from "./frames.ts";
import { messages } from "./messages.ts";
import { names } from "./names.ts";
import { requests } from "./requests.ts";
import { rights } from "./rights.ts";
import { socketio } from "./socketio.ts";
import { storeFiles } from "./store-files.ts";
import { surfaces } from "./surfaces.ts";
import { tokens } from "./tokens.ts";
import { upgrades } from "./upgrade.ts";

export const entries: readonly Entry[] = [
  names,
  rights,
  filters,
  cloudevents,
  messages,
  tokens,
  requests,
  upgrades,
  frames,
  surfaces,
  socketio,
  storeFiles,
];
