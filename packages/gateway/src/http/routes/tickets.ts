/** POST /v1/tickets: a way in for clients that can send nothing but an address. */
import Type from "typebox";
import type { Node } from "../../node.ts";
import type { App } from "../app.ts";
import { ask } from "../ask.ts";
import { answers } from "../schemas.ts";

export function ticketRoutes(app: App, node: Node): void {
  app.post(
    "/v1/tickets",
    {
      schema: {
        summary: "A ticket that opens one connection, as ?ticket=",
        description: "For EventSource and the like. Used once, within 30 s, by the page it was made for.",
        response: answers(
          Type.Object({
            ticket: Type.String(),
            expiresAt: Type.Integer({ description: "Milliseconds since 1970." }),
          }),
        ),
      },
    },
    async ({ principal, raw }) => {
      const { ticket, expiresInMs } = await ask<{ ticket: string; expiresInMs: number }>((done) =>
        node.access.ticketFor(principal, node.pageOf(raw), done),
      );
      return { ticket, expiresAt: Date.now() + Math.floor(expiresInMs) };
    },
  );
}
