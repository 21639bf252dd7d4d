/** Which reducer folds a channel. */
import { namespaceOf } from "@signalbox/protocol";
import type { NamespaceOptions } from "../namespaces.ts";
import type { Reducer } from "./reducer.ts";

/** `name`: undefined for the main one. Only those that the channel's namespace has. */
export function reducerOf(
  channel: string,
  name: string | undefined,
  namespaces: Readonly<Record<string, NamespaceOptions>>,
  reducers: ReadonlyMap<string, Reducer<unknown>>,
): Reducer<unknown> | undefined {
  const namespace = namespaceOf(channel);
  const options = Object.hasOwn(namespaces, namespace) ? namespaces[namespace] : undefined;
  if (options === undefined) return undefined;
  const { reducer = "", furtherReducers = [] } = options;
  const wanted = name ?? reducer;
  return wanted === reducer || furtherReducers.includes(wanted) ? reducers.get(wanted) : undefined;
}
