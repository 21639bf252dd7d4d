/** One message as it is, several as a JSON array. */
import type { Outgoing } from "./transport.ts";

export const joined = (batch: readonly Outgoing[]): string => {
  const texts = batch.map(({ text }) => text).join(",");
  return batch.length === 1 ? texts : `[${texts}]`;
};
