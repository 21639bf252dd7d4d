/** JSON Schema 2020-12 documents, as spec/schemas/ holds them. */
import type { TSchema } from "typebox";
import { controlSchemas } from "./control.ts";
import { envelopeSchema } from "./envelope.ts";
import { catalogue } from "./events/index.ts";
import type { ControlType } from "./messages.ts";

export type SchemaDocument = Record<string, unknown>;

/** Version of the envelope and the control messages: that of the wire protocol. */
const wireVersion = "1.0";

const document = (title: string, version: string, description: string, schema: TSchema): SchemaDocument => ({
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: `urn:signalbox:${title}:${version}`,
  ...schema,
  title,
  description,
});

/** The data of an event type, with what the catalogue says of it under `x-signalbox`. */
export function eventSchema(type: string): SchemaDocument | undefined {
  const found = catalogue.get(type);
  if (found === undefined) return undefined;
  const { version, summary, delivery, channel, key, tags, data } = found;
  return {
    ...document(type, version, `Data of ${type}. ${summary}`, data),
    "x-signalbox": { delivery, channel, key, tags },
  };
}

/** The data of a control message. */
export const controlSchema = (type: ControlType): SchemaDocument =>
  document(type, wireVersion, `Data of the control message ${type}.`, controlSchemas[type]);

/** What every message shares. */
export const envelopeDocument: SchemaDocument = document(
  "envelope",
  wireVersion,
  "What every message of the wire shares.",
  envelopeSchema,
);
