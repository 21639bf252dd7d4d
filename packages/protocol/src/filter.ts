/** Does a subscription want an event? Exact comparisons only, nothing allocated for strings. */
import { catalogue } from "./events/index.ts";
import type { Filter } from "./messages.ts";
import { own } from "./own.ts";

/** Absent conditions hold. Tags are looked up in `metadata.tags`, then in the fields the type declares as tags. */
export function matchesFilter(filter: Filter, type: string, data: unknown, metadata: unknown): boolean {
  if (filter.types !== undefined && !filter.types.includes(type)) return false;
  const { tags } = filter;
  if (tags === undefined) return true;
  for (const name in tags) {
    const wanted = tags[name];
    const value = tagOf(name, type, data, metadata);
    if (value === undefined || wanted === undefined) return false;
    if (typeof wanted === "string" ? wanted !== value : !wanted.includes(value)) return false;
  }
  return true;
}

function tagOf(name: string, type: string, data: unknown, metadata: unknown): string | undefined {
  const given = own(own(metadata, "tags"), name);
  if (given !== undefined) return textOf(given);
  return catalogue.get(type)?.tags.includes(name) ? textOf(own(data, name)) : undefined;
}

function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}
