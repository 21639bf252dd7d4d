/** A free port that the kernel gives to nobody by itself: while its owner is away, no connection of others takes it. */
import { once } from "node:events";
import { createServer } from "node:net";

/** Below Linux's range of 32,768 to 60,999. */
const least = 20_000;
const most = 30_000;

export async function quietPort(): Promise<number> {
  for (;;) {
    const port = least + Math.floor(Math.random() * (most - least));
    const server = createServer();
    const outcome = Promise.race([once(server, "listening"), once(server, "error")]);
    server.listen(port, "127.0.0.1");
    const isFree = await outcome.then(
      () => server.listening,
      () => false,
    );
    server.close();
    if (isFree) return port;
  }
}
