/** Adds numbered messages to a queue on disk, one after the other, and says each that is kept. Made to be killed at any moment. */
import { fileStorage } from "@signalbox/agent/queue";
import { createClient } from "@signalbox/client";
import { openQueue } from "@signalbox/client/queue";

const [url = "", token = "", file = "", from = "1", to = "1"] = process.argv.slice(2);

const client = createClient({ url, token, backoff: { minMs: 20, maxMs: 200 } });
const queue = await openQueue(client, { storage: fileStorage(file) });
for (let n = Number(from); n <= Number(to); n++) {
  await queue.publish({ type: "note", channel: "session:critical", data: { n } });
  process.stdout.write(`${n}\n`);
}
const end = (): void => {
  if (queue.snapshot().messages.length === 0) process.exit(0);
};
queue.subscribe(end);
end();
