/** Rates that are of all nodes together. */
import { type Broker, SharedUses } from "@signalbox/core";

export const sharedUses = (broker: Broker): SharedUses =>
  new SharedUses({
    take: (takes, done) => {
      broker.takeRates(takes).then(
        (taken) => done({ taken }),
        () => done({ failed: "unavailable", message: "what other nodes let through is not known" }),
      );
    },
    after: (ms, run) => void setTimeout(run, ms).unref(),
    steadyMs: () => performance.now(),
  });
