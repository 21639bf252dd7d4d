// Keeps what V8 makes of the modules, so that the next start need not compile them again: about a third of its work.
// In a directory of the user's own: what lies in a shared one could have been put there by somebody else.
const { enableCompileCache } = require("node:module");
const { homedir } = require("node:os");
const { join } = require("node:path");

// Came with Node 22.1. Where nothing can be written it does without, and says so in its result only.
if (enableCompileCache) {
  enableCompileCache(join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "signalbox", "compiled"));
}
