/** The catalogue → spec/schemas/*.json, one JSON Schema per message type. */
import { catalogue, controlSchema, controlTypes, envelopeDocument, eventSchema } from "@signalbox/protocol/schemas";

export const schemasFolder = "spec/schemas";

export function schemaFiles(): [path: string, text: string][] {
  const documents: [string, unknown][] = [
    ["envelope", envelopeDocument],
    ...controlTypes.map((type): [string, unknown] => [type, controlSchema(type)]),
    ...[...catalogue.keys()].map((type): [string, unknown] => [type, eventSchema(type)]),
  ];
  return documents.map(([name, document]) => [
    `${schemasFolder}/${name}.json`,
    `${JSON.stringify(document, null, 2)}\n`,
  ]);
}
