/** Filters on type and declared tags: set look-ups only, no regular expressions. */
import type { Filter } from "@signalbox/protocol";
import type { SharedPublication } from "./publication.ts";

export type Tags = Readonly<Record<string, string>>;
export type Test = (publication: SharedPublication) => boolean;

/** `undefined` when the filter lets everything pass. */
export function compileFilter(
  filter: Filter | undefined,
  tagsOf: (publication: SharedPublication) => Tags,
): Test | undefined {
  const types = filter?.types === undefined ? undefined : new Set(filter.types);
  const tags = Object.entries(filter?.tags ?? {}).map(
    ([name, wanted]) => [name, new Set(typeof wanted === "string" ? [wanted] : wanted)] as const,
  );
  if (types === undefined && tags.length === 0) return undefined;
  return (publication) => {
    if (types !== undefined && !types.has(publication.type)) return false;
    if (tags.length === 0) return true;
    const has = tagsOf(publication);
    return tags.every(([name, wanted]) => {
      const value = Object.hasOwn(has, name) ? has[name] : undefined;
      return value !== undefined && wanted.has(value);
    });
  };
}
