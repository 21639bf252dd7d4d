/** Another process that makes or revokes a key, as the command line does: `node change-file.ts PATH create|revoke NAME`. */
import { ApiKeys, openKeyFile } from "../../../src/auth/api-keys/index.ts";

const [path = "", verb, name = ""] = process.argv.slice(2);
const keys = new ApiKeys({ store: openKeyFile(path) });
if (verb === "create") console.log((await keys.create({ name })).token);
else console.log(await keys.revoke(name));
