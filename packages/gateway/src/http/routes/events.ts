/** POST /v1/events: publishing, with our own messages or any registered format. */
import type { Draft, PublishResult } from "@signalbox/protocol";
import { decodeValue } from "@signalbox/protocol";
import Type from "typebox";
import { addressOf } from "../../http/address.ts";
import type { Node } from "../../node.ts";
import type { EventFormat } from "../../sources/source.ts";
import { type App, answer } from "../app.ts";
import { acceptMediaType, draftsOf, jsonOf, type TextBody, textBody } from "../body.ts";
import { broken } from "../errors.ts";
import { answers, messageSchema, publishResultSchema } from "../schemas.ts";

export function eventRoutes(app: App, node: Node, formats: readonly EventFormat[]): void {
  // A scope of its own: only here are foreign media types welcome.
  void app.register((scope: App, _options: object, done: () => void) => {
    for (const { mediaType } of formats) acceptMediaType(scope, mediaType);
    scope.post(
      "/v1/events",
      {
        schema: {
          summary: "Publishes one event or an array of them",
          description:
            "Results are in the order of the events. 200 if at least one is kept, else the first error's status. " +
            "CloudEvents are accepted in structured and batch mode.",
          consumes: ["application/json", ...formats.map(({ mediaType }) => mediaType)],
          body: Type.Union([messageSchema, Type.Array(messageSchema, { maxItems: node.limits.batchMessages })]),
          response: answers(Type.Object({ results: Type.Array(publishResultSchema) })),
        },
      },
      async (request, reply) => {
        const drafts = readDrafts(textBody(request.body), node, formats);
        if (drafts.length === 0) throw broken("", "must have at least one event");
        const { principal } = request;
        const actor = { principal, address: addressOf(request.raw, node) };
        const { hub } = node.tenants.of(principal);
        const results = await new Promise<PublishResult[]>((done) => hub.publish(drafts, actor, done));
        const first = results[0];
        const kept = results.some((result) => !("error" in result));
        return kept || first === undefined || !("error" in first)
          ? { results }
          : answer(reply, first.error, { results });
      },
    );
    done();
  });
}

function readDrafts(body: TextBody, node: Node, formats: readonly EventFormat[]): Draft[] {
  const format = formats.find(({ mediaType }) => mediaType === body.mediaType);
  if (format === undefined) return draftsOf(body, node.limits);
  const mapped = format.map(jsonOf(body, node.limits));
  if (!mapped.ok) throw broken(mapped.path, mapped.rule);
  const decoded = decodeValue(mapped.drafts, node.limits);
  if (!decoded.ok) throw broken(decoded.path, decoded.rule);
  return decoded.drafts;
}
