/** The server's side of the protocol: the event catalogue and compiled checks. Browsers import the index instead. */
export { asyncapi } from "./asyncapi.ts";
export { checkEvent, deliveryOf } from "./check.ts";
export { checkControl, controlTypes } from "./control.ts";
export { deriveChannel } from "./derive.ts";
export type { SchemaDocument } from "./documents.ts";
export { controlSchema, envelopeDocument, eventSchema } from "./documents.ts";
export { envelopeSchema } from "./envelope.ts";
export type { DeliveryClass, EventDefinition } from "./events/define.ts";
export type { EventData, EventType } from "./events/index.ts";
export { catalogue, families } from "./events/index.ts";
export { keyOf } from "./key.ts";
export type { Tags } from "./tags.ts";
export { tagsOf } from "./tags.ts";
export type { Checked } from "./validate.ts";
