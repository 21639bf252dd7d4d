/** The built dashboard, served by the gateway itself; every address of its own router gets its first page. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import { errorData } from "@signalbox/core";
import type { FastifyReply, FastifyRequest } from "fastify";
import { type App, answer } from "./app.ts";

/** Addresses that are never the dashboard's. */
const apiPath = /^\/(v1|health|metrics)(\/|$)|^\/(openapi|asyncapi)\.json$/;
/** Nor are these, when there is no such file. Names further down may hold a point: they are people's. */
const filePath = /[/\\]assets[/\\]|^\/[^/]*\.[A-Za-z0-9]+$/;
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
      // The build puts NAME.gz beside each NAME.
      preCompressed: true,
      schemaHide: true,
      setHeaders: (reply, path) => {
        const forever = hashedPath.test(path.slice(dir.length));
        reply.header("cache-control", forever ? `public, max-age=${yearSeconds}, immutable` : "no-cache");
      },
    });
  }
  app.setNotFoundHandler((request, reply) => {
    if (!isPage(request)) return answer(reply, errorData("not_found", "there is nothing at this address"));
    return built ? sendPage(reply, dir, request.url) : sendMissing(reply);
  });
}

/**
 * The page names its files relative to itself, so that it works below any prefix of a proxy; seen from an address
 * further down they are further up.
 */
async function sendPage(reply: FastifyReply, dir: string, url: string): Promise<FastifyReply> {
  const [path = ""] = url.split("?", 1);
  const up = "../".repeat(Math.max(0, path.split("/").length - 2));
  const page = await readFile(join(dir, "index.html"), "utf8");
  return reply
    .type("text/html; charset=utf-8")
    .header("cache-control", "no-cache")
    .send(up === "" ? page : page.replaceAll('="./', `="${up}`));
}

/** Somebody looks at an address of the dashboard: not of the API, and not of one of its files. */
function isPage({ method, url, headers }: FastifyRequest): boolean {
  const [path = ""] = url.split("?", 1);
  const asksForPage = headers.accept === undefined || /text\/html|\*\/\*/.test(headers.accept);
  return (method === "GET" || method === "HEAD") && asksForPage && !apiPath.test(path) && !filePath.test(path);
}

const sendMissing = (reply: FastifyReply): FastifyReply =>
  reply.code(503).type("text/html; charset=utf-8").send(missing);
