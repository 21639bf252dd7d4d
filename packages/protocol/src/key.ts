/** What tells one gauge from another: a slow viewer gets the newest event of each key. */
import { catalogue } from "./events/index.ts";
import { own } from "./own.ts";

/** The type and the fields of data that it declares as its key, as text. Types without such fields have one key. */
export function keyOf(type: string, data: unknown): string {
  const fields = catalogue.get(type)?.key ?? [];
  return fields.length === 0 ? type : `${type} ${JSON.stringify(fields.map((field) => own(data, field)))}`;
}
