/** Events by their types: data as the catalogue says, which the gateway has checked; `unknown` of types it does not have. */
import type { Draft, EventData, EventType, Filter, Publication } from "@signalbox/protocol";

/** An event of one of these types; of several a union, which `type` tells apart. */
export type EventOf<Type extends string> = Type extends EventType
  ? Publication<Type, EventData[Type]>
  : Publication<Type>;

/** An event to publish; its data is checked where the type is in the catalogue. */
export type DraftOf<Type extends string> = Draft & { type: Type } & (Type extends EventType
    ? { data: EventData[Type] }
    : unknown);

/** Which events are wanted; the types that are named are the types of what comes. */
export interface FilterOf<Type extends string> extends Filter {
  types?: Type[];
}
