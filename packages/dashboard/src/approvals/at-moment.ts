/** What waited at a time in the past, from what is known now. */
import type { Checkpoint } from "@signalbox/client/steering";

export const openAt = (rows: readonly Checkpoint[], atMs: number): readonly Checkpoint[] =>
  rows.filter(
    ({ state, requestedAt, decidedAt = 0, deadline }) =>
      requestedAt <= atMs && atMs < (state === "open" ? deadline : decidedAt),
  );
