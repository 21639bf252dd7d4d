/** The server under fastify, plain or with TLS, and its limits on slow and endless requests. */
import { createServer, type RequestListener, type Server, type ServerOptions } from "node:http";
import { createServer as createTlsServer, type ServerOptions as TlsServerOptions } from "node:https";
import type { Node } from "../node.ts";
import type { Certificate } from "./certificate.ts";

const checkEveryMs = 2_000;
/** Longer than proxies keep theirs (nginx: 60 s), so that none sends into a connection just closed. */
const keepAliveMs = 72_000;

export function createHttpServer(node: Node, certificate: Certificate | undefined, listener: RequestListener): Server {
  const { headerBytes, headerMs, requestMs, stallMs, pollWaitMs, heartbeatMs } = node.limits;
  const options: ServerOptions = {
    maxHeaderSize: headerBytes,
    // Node refuses to start where the part has longer than the whole.
    headersTimeout: Math.min(headerMs, requestMs),
    requestTimeout: requestMs,
    connectionsCheckingInterval: Math.min(checkEveryMs, headerMs, requestMs),
    keepAliveTimeout: keepAliveMs,
    insecureHTTPParser: false,
    // The front refuses requests without one, with our error.
    requireHostHeader: false,
    // curl and others offer h2c in passing: they get their answer in HTTP/1.1.
    shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === "websocket",
  };
  const server =
    certificate === undefined ? createServer(options, listener) : secureServer(node, certificate, options, listener);
  // Node would answer 417 by itself, past the front and without our error; an expectation nobody knows may be ignored.
  server.on("checkExpectation", listener);
  // Node would silently leave out what is over its count; the front refuses instead.
  server.maxHeadersCount = 0;
  // An answer of which nothing was read for so long; streams are never quiet for that long, unless they are not read.
  server.timeout = Math.max(stallMs, 1.2 * pollWaitMs, 2 * heartbeatMs);
  return server;
}

function secureServer(node: Node, certificate: Certificate, options: ServerOptions, listener: RequestListener): Server {
  const settings: TlsServerOptions = {
    ...options,
    ...certificate.context,
    handshakeTimeout: node.limits.headerMs,
    ALPNProtocols: ["http/1.1"],
  };
  const server = createTlsServer(settings, listener);
  // Node would pass it on as a fault of HTTP, and what is answered to that cannot be read by this client.
  server.removeAllListeners("tlsClientError");
  server.on("tlsClientError", (error: Error & { code?: string }, socket) => {
    const why =
      error.code === "ERR_SSL_HTTP_REQUEST" ? "this is plain HTTP; the address begins with https" : error.message;
    node.refusals.note("tls", why, socket.remoteAddress);
    socket.destroy();
  });
  node.sweep.add(() => void certificate.renew(server, node.log));
  return server;
}
