/** The event catalogue, as the hub asks for it. */
import type { Catalogue } from "@signalbox/core";
import { catalogue as definitions, checkControl, checkEvent, deliveryOf, deriveChannel } from "@signalbox/protocol/schemas";

const none: Readonly<Record<string, string>> = Object.freeze({});

/** Tags are `metadata.tags` and the fields of data that the type declares; the sender's own win. */
function tagsOf(type: string, data: unknown, metadata: { tags?: Record<string, string> } | undefined) {
  const declared = definitions.get(type)?.tags ?? [];
  const given = metadata?.tags;
  if (declared.length === 0) return given ?? none;
  const tags: Record<string, string> = Object.create(null);
  for (const name of declared) {
    const value = fieldOf(data, name);
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") tags[name] = String(value);
  }
  return Object.assign(tags, given);
}

const fieldOf = (data: unknown, name: string): unknown =>
  typeof data === "object" && data !== null && Object.hasOwn(data, name) ? Reflect.get(data, name) : undefined;

export const catalogue: Catalogue = { checkEvent, checkControl, deriveChannel, deliveryOf, tagsOf };
