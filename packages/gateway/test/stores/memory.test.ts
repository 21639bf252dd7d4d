import { storeSuite } from "@signalbox/testkit";
import { openMemoryStore } from "../../src/stores/memory/index.ts";

storeSuite("memory", {
  canSearch: false,
  modelRuns: 300,
  open: (options) => Promise.resolve(openMemoryStore(options)),
});
