/** What an event type is: its schema, where it goes and how it may be delivered. */
import type { Static, TObject } from "typebox";

/**
 * lossless: every event arrives. coalesce: a slow viewer may get a gap with counts instead of a run of them.
 * latest: a slow viewer gets the newest per key. ephemeral: never kept, has no position.
 */
export type DeliveryClass = "lossless" | "coalesce" | "latest" | "ephemeral";

type Field<Data extends TObject> = keyof Static<Data> & string;

/** `agent:{agentId}`, `{target}` (the field is itself a channel) or `global`. */
type ChannelTemplate<Data extends TObject> = "global" | "alerts" | `{${Field<Data>}}` | `${string}:{${Field<Data>}}`;

interface EventOptions<Type extends string, Data extends TObject> {
  type: Type;
  /** Version of the data's schema, as in `metadata.version`. */
  version: string;
  delivery: DeliveryClass;
  /** One sentence that says what happened. */
  summary: string;
  /** Where an event goes that names no channel: the first template whose field the data has. */
  channel: readonly ChannelTemplate<Data>[];
  /** With `latest`: these fields tell one gauge from another in the same channel. */
  key?: readonly Field<Data>[];
  /** Fields that filters can select by, beside `metadata.tags`. */
  tags?: readonly Field<Data>[];
  data: Data;
  example: Static<Data>;
}

/** An event type of the catalogue, as its readers see it. */
export interface EventDefinition<Type extends string = string, Data extends TObject = TObject> {
  readonly type: Type;
  readonly version: string;
  readonly delivery: DeliveryClass;
  readonly summary: string;
  readonly channel: readonly string[];
  readonly key: readonly string[];
  readonly tags: readonly string[];
  /** JSON Schema 2020-12 of `data`; fields it does not name are always allowed. */
  readonly data: Data;
  readonly example: unknown;
}

export const defineEvent = <const Type extends string, Data extends TObject>(
  options: EventOptions<Type, Data>,
): EventDefinition<Type, Data> => ({ key: [], tags: [], ...options });
