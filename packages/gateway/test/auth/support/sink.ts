/** A server that counts who asks, and answers what the test says. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface Sink {
  readonly url: string;
  readonly requests: Array<{ url: string; headers: IncomingHttpHeaders }>;
  answer: (response: ServerResponse, url: string) => void;
}

export async function openSink(answer: Sink["answer"] = (response) => response.end("{}")): Promise<Sink> {
  const server = createServer((request, response) => {
    sink.requests.push({ url: request.url ?? "", headers: request.headers });
    sink.answer(response, request.url ?? "");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const sink: Sink = { url: `http://127.0.0.1:${port}`, requests: [], answer };
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return sink;
}

export const json = (value: unknown) => (response: ServerResponse) => {
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(value));
};
