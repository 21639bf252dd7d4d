/** The built dashboard, served by the gateway itself; every address of its own router gets its first page. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import { errorData } from "@signalbox/core";
import type { FastifyReply, FastifyRequest } from "fastify";
import { type App, answer } from "./app.ts";

/** Addresses that are never the dashboard's. */
const apiPath = /^\/(v1|health)(\/|$)|^\/(openapi|asyncapi)\.json$/;
/** Vite puts a hash of the content into these names. */
const hashedPath = /[/\\]assets[/\\]/;
const yearSeconds = 31_536_000;

const missing = `<!doctype html>
<html lang="en">
<title>Signalbox</title>
<h1>The dashboard is not built</h1>
<p>The gateway runs. To build its dashboard: <code>npm run build</code>, then start it again.</p>
</html>
`;

export async function serveDashboard(app: App, dir: string): Promise<void> {
  const built = existsSync(join(dir, "index.html"));
  if (built) {
    await app.register(fastifyStatic, {
      root: dir,
      index: ["index.html"],
      dotfiles: "ignore",
      cacheControl: false,
      schemaHide: true,
      setHeaders: (reply, path) => {
        const forever = hashedPath.test(path.slice(dir.length));
        reply.header("cache-control", forever ? `public, max-age=${yearSeconds}, immutable` : "no-cache");
      },
    });
  }
  app.setNotFoundHandler((request, reply) => {
    if (!isPage(request)) return answer(reply, errorData("not_found", "there is nothing at this address"));
    return built ? reply.sendFile("index.html") : sendMissing(reply);
  });
}

/** Somebody looks at an address of the dashboard: not of the API, and not of a file. */
function isPage({ method, url, headers }: FastifyRequest): boolean {
  const [path = ""] = url.split("?", 1);
  const asksForPage = headers.accept === undefined || /text\/html|\*\/\*/.test(headers.accept);
  return (method === "GET" || method === "HEAD") && asksForPage && !apiPath.test(path) && !/\.[A-Za-z0-9]+$/.test(path);
}

const sendMissing = (reply: FastifyReply): FastifyReply => reply.code(503).type("text/html; charset=utf-8").send(missing);
