/** Files of a folder, as the simplest server gives them out: no rewriting, no headers, 404 for what is not there. */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

export interface StaticServer {
  /** Without a path: `http://127.0.0.1:PORT`. */
  readonly url: string;
  close(): Promise<void>;
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

/** `at`: below this path. */
export async function startStaticServer(folder: string, at = ""): Promise<StaticServer> {
  const server = createServer((request, answer) => {
    const [path = ""] = (request.url ?? "").split("?", 1);
    const name = normalize(path.startsWith(`${at}/`) ? path.slice(at.length) : "/none");
    const file = join(folder, name.endsWith("/") ? `${name}index.html` : name);
    readFile(file).then(
      (body) => answer.writeHead(200, { "content-type": types[extname(file)] ?? "application/octet-stream" }).end(body),
      () => answer.writeHead(404).end("not found"),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
