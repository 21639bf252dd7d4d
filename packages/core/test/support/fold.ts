import type { Reducer } from "../../src/reducers/index.ts";

/** Events by type and data, at times and offsets 1, 2, 3 … */
export const fold = <State>(
  reducer: Reducer<State>,
  channel: string,
  events: ReadonlyArray<readonly [string, unknown]>,
): State =>
  events.reduce(
    (state, [type, data], index) => reducer.apply(state, { type, data, timestamp: index + 1, offset: index + 1 }),
    reducer.initial(channel),
  );
