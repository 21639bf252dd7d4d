/** What subscriptions can filter an event by, beside its type. */
import { catalogue } from "./events/index.ts";
import type { Metadata } from "./messages.ts";
import { own } from "./own.ts";

export type Tags = Readonly<Record<string, string>>;

const none: Tags = Object.freeze({});

/** The fields of data that the type declares as tags, and `metadata.tags`, which win. Read it with `Object.hasOwn`. */
export function tagsOf(type: string, data: unknown, metadata: Metadata | undefined): Tags {
  const declared = catalogue.get(type)?.tags ?? [];
  const given = metadata?.tags;
  if (declared.length === 0) return given ?? none;
  // No prototype: a tag may be named __proto__.
  const tags: Record<string, string> = Object.create(null);
  for (const name of declared) {
    const value = own(data, name);
    if (typeof value === "string") tags[name] = value;
  }
  return Object.assign(tags, given);
}
