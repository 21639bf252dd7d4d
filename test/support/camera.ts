/**
 * A producer in a process of its own: takes the lease of a channel, renews it over HTTP, and prints as a line of JSON whatever
 * it learns that is wanted of it.
 */
import { createClient } from "@signalbox/client";
import { demand } from "@signalbox/client/presence";

const [url = "", token = "", channel = ""] = process.argv.slice(2);
const producer = "camera";
const ttlMs = 10_000;

const client = createClient({ url, token, backoff: { minMs: 50, maxMs: 200 } });
const lease = (more: object): Promise<{ epoch: number }> =>
  client.request(`/v1/leases/${channel}`, { method: "PUT", body: { producer, ttlMs, ...more } });

let { epoch } = await lease({});
/** A gateway that was killed has forgotten the leases of channels that it keeps in memory. */
const follow = (): void => {
  const wanted = demand(client, channel, { producer, epoch });
  const stop = wanted.subscribe(() => {
    const { viewers, error } = wanted.snapshot();
    process.stdout.write(`${JSON.stringify({ viewers, error: error?.name })}\n`);
    if (error === undefined) return;
    stop();
    void lease({}).then((taken) => {
      epoch = taken.epoch;
      follow();
    });
  });
};
follow();
for (;;) {
  await new Promise((resolve) => setTimeout(resolve, ttlMs / 5));
  // The gateway may be away; its address stays.
  await lease({ epoch }).catch(() => undefined);
}
