/** Socket.IO on two nodes: each request of a connection may come to another one than the last. */
import { createServer, request, type Server } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { defaultNamespaces } from "@signalbox/core";
import { expect, onTestFinished, test } from "vitest";
import { openGateway, type TestGateway, token } from "../support/gateway.ts";
import { memoryCluster } from "../support/memory-broker.ts";
import { bringing, newKinds, oldKinds, once } from "../surfaces/socketio/clients.ts";

async function nodes(count: number, flags: object = {}) {
  const cluster = memoryCluster(defaultNamespaces);
  const all: TestGateway[] = [];
  for (let n = 0; n < count; n++) all.push(await openGateway(flags, { store: cluster.node() }));
  return { cluster, all };
}

/** A load balancer that gives each request, and each upgrade, to the next node. */
async function balancer(all: readonly TestGateway[]): Promise<{ url: string; counts: number[] }> {
  const counts = all.map(() => 0);
  let next = 0;
  const server: Server = createServer((incoming, response) => {
    const at = next++ % all.length;
    counts[at] = (counts[at] ?? 0) + 1;
    const { hostname, port } = new URL(all[at]?.url ?? "");
    const { method, url, headers } = incoming;
    const outgoing = request({ hostname, port, method, path: url, headers: { ...headers, host: `${hostname}:${port}` } });
    outgoing.on("response", (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(response);
    });
    outgoing.on("error", () => response.destroy());
    response.on("close", () => outgoing.destroy());
    incoming.pipe(outgoing);
  });
  server.on("upgrade", (incoming, socket, head) => {
    const at = next++ % all.length;
    counts[at] = (counts[at] ?? 0) + 1;
    const { hostname, port } = new URL(all[at]?.url ?? "");
    const far = connect(Number(port), hostname, () => {
      const lines = incoming.rawHeaders.map((text, i) => (i % 2 === 0 ? `${text}: ` : `${text}\r\n`)).join("");
      far.write(`GET ${incoming.url} HTTP/1.1\r\n${lines.replace(/host: .*/i, `Host: ${hostname}:${port}`)}\r\n`);
      far.write(head);
      far.pipe(socket).pipe(far);
    });
    for (const one of [far, socket]) one.on("error", () => far.destroy());
    socket.on("close", () => far.destroy());
  });
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, counts };
}

test.each([...newKinds, ...oldKinds])("$name through a balancer that sends each request to another node", async (kind) => {
  const { all } = await nodes(3);
  const { url, counts } = await balancer(all);
  const client = kind.open(url, bringing(kind, token));
  const lines: number[] = [];
  client.on("process-output", ({ output }: { output: string }) => void lines.push(Number(output)));
  await once(client, "connect");
  await new Promise((resolve) => client.emit("subscribe-process", "p1", resolve));
  for (let n = 0; n < 60; n++) {
    await all[n % 3]?.publish({ type: "process_output", data: { processId: "p1", output: String(n) } });
  }
  await expect.poll(() => lines.length, { timeout: 10_000 }).toBe(60);
  expect(lines).toEqual(Array.from({ length: 60 }, (_, n) => n));
  if (kind.transports[0] === "polling") expect(counts.every((count) => count > 0)).toBe(true);
  if (kind.transports.length === 2) expect(client.io.engine.transport.name).toBe("websocket");
});
