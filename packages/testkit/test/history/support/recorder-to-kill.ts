/** Records until it is killed, and says how many records there are. */
import { writeSync } from "node:fs";
import { Recorder } from "../../../src/history/index.ts";

const [folder = ""] = process.argv.slice(2);
const recorder = new Recorder({ folder, process: "killed", seed: 1 });
for (;;) writeSync(1, `${recorder.record({ what: "healed" }).n}\n`);
