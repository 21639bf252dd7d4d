/** /openapi.json and /asyncapi.json: this gateway's interfaces, described from the schemas it works with. */
import fastifySwagger from "@fastify/swagger";
import { asyncapi } from "@signalbox/protocol/schemas";
import type { Node } from "../node.ts";
import type { App } from "./app.ts";
import type { Door } from "./door.ts";

/** Before the routes that it describes. */
export async function describeRoutes(app: App, node: Node): Promise<void> {
  await app.register(fastifySwagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Signalbox",
        version: node.version,
        description: "Events of software agents: published, kept, watched. The wire is in spec/protocol.md.",
        license: { name: "Apache-2.0", url: "https://www.apache.org/licenses/LICENSE-2.0" },
      },
      components: { securitySchemes: { bearer: { type: "http", scheme: "bearer" } } },
      security: [{ bearer: [] }],
    },
  });
}

export function documentRoutes(app: App, node: Node, door: Door): void {
  app.get("/openapi.json", { schema: { hide: true } }, async () => app.swagger());
  app.get("/asyncapi.json", { schema: { hide: true } }, async ({ headers, socket }) => {
    const origin = door.originFor(headers, socket.remoteAddress);
    return asyncapi({ serverUrl: origin.replace(/^http/, "ws"), version: node.version });
  });
}
