/** Where an event goes that names no channel. */
import { catalogue } from "./events/index.ts";
import { own } from "./own.ts";

interface Rule {
  prefix: string;
  /** The field of data that ends the name; absent in a channel without one. */
  field: string | undefined;
}

const rules: ReadonlyMap<string, readonly Rule[]> = new Map(
  [...catalogue].map(([type, definition]) => [
    type,
    definition.channel.map((template) => {
      const [prefix = "", field] = template.split(/[{}]/);
      return { prefix, field };
    }),
  ]),
);

/**
 * The channel that the type's templates give for this data, or `undefined`. Data need not be checked yet; whether the
 * name is a proper channel name is for the caller to ask (`isChannel`).
 */
export function deriveChannel(type: string, data: unknown): string | undefined {
  const templates = rules.get(type);
  if (templates === undefined) return undefined;
  for (const { prefix, field } of templates) {
    if (field === undefined) return prefix;
    const value = own(data, field);
    if (typeof value === "string" && value !== "") return prefix + value;
  }
  return undefined;
}
