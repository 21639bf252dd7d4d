/** POST /v1/tickets: a way in for clients that can send nothing but an address. */
import Type from "typebox";
import type { Node } from "../../node.ts";
import type { App } from "../app.ts";
import { refused } from "../errors.ts";
import { answers } from "../schemas.ts";

const retryAfterMs = 5_000;

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
      const issued = node.access.ticketFor(principal, node.pageOf(raw));
      if (issued === undefined) throw refused("rate_limited", "too many tickets wait to be used", { retryAfterMs });
      return { ticket: issued.ticket, expiresAt: Date.now() + Math.floor(issued.expiresInMs) };
    },
  );
}
