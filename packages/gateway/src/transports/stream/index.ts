/** The native messages downwards over one HTTP answer, for clients that cannot open a WebSocket. */

import Type from "typebox";
import { addressOf } from "../../http/address.ts";
import type { App } from "../../http/app.ts";
import { draftsOf, textBody } from "../../http/body.ts";
import { broken } from "../../http/errors.ts";
import { messageSchema } from "../../http/schemas.ts";
import type { Node } from "../../node.ts";
import { sseText } from "../event-stream.ts";
import type { Transport } from "../transport.ts";
import { admitViewer, quietMs, type Rendering, Viewer } from "../viewer.ts";

/** Exactly what the WebSocket would carry: positions are in the messages, so events have neither id nor name. */
const rendering: Rendering = {
  publication: (publication) => sseText({ data: publication.json }),
  state: (text) => sseText({ data: text }),
  control: (message) => sseText({ data: JSON.stringify(message) }),
};

export class StreamTransport implements Transport {
  readonly name = "stream";
  readonly #viewers = new Set<Viewer>();

  routes(app: App, node: Node): void {
    node.load.add(this.name, this.#viewers);
    node.sweep.add(() => {
      for (const viewer of this.#viewers) viewer.beat(quietMs(node.limits.heartbeatMs));
    });
    app.post(
      "/v1/stream",
      {
        schema: {
          summary: "Answers messages, then goes on with publications, as text/event-stream",
          description: "Each data is one message as on the WebSocket. Lasts until either side ends it.",
          body: Type.Array(messageSchema),
          produces: ["text/event-stream"],
        },
      },
      (request, reply) => {
        const drafts = draftsOf(textBody(request.body), node.limits);
        if (drafts.length === 0) throw broken("", "must have at least one message");
        admitViewer(node, addressOf(request.raw, node));
        reply.hijack();
        const who = { principal: request.principal, address: addressOf(request.raw, node) };
        const options = { node, transport: this.name, ...who, response: reply.raw, rendering, answers: 0 };
        new Viewer(options, this.#viewers).accept(drafts);
      },
    );
  }

  close(): void {
    for (const viewer of this.#viewers) viewer.end();
  }
}
