/** A load balancer of a test's own that gives each request, and each upgrade, to the next node. */
import { createServer, request } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { onTestFinished } from "vitest";

export interface Balancer {
  readonly url: string;
  /** Requests that each node got. */
  readonly counts: number[];
}

export async function openBalancer(nodes: ReadonlyArray<{ readonly url: string }>): Promise<Balancer> {
  const counts = nodes.map(() => 0);
  let next = 0;
  const choose = (): URL => {
    const at = next++ % nodes.length;
    counts[at] = (counts[at] ?? 0) + 1;
    return new URL(nodes[at]?.url ?? "");
  };
  const server = createServer((incoming, response) => {
    const { hostname, port, host } = choose();
    const { method, url: path, headers } = incoming;
    const outgoing = request({ hostname, port, method, path, headers: { ...headers, host } });
    outgoing.on("response", (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(response);
    });
    outgoing.on("error", () => response.destroy());
    response.on("close", () => outgoing.destroy());
    incoming.pipe(outgoing);
  });
  server.on("upgrade", ({ url: path, rawHeaders }, socket, head) => {
    const { hostname, port, host } = choose();
    const far = connect(Number(port), hostname);
    const lines = rawHeaders.map((text, at) => (at % 2 === 0 ? `${text}: ` : `${text}\r\n`)).join("");
    far.write(`GET ${path} HTTP/1.1\r\n${lines.replace(/^host: .*$/im, `Host: ${host}`)}\r\n`);
    far.write(head);
    far.pipe(socket).pipe(far);
    for (const one of [far, socket]) one.on("error", () => far.destroy());
    far.on("close", () => socket.destroy());
    socket.on("close", () => far.destroy());
  });
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, counts };
}
