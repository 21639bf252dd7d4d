/** Messages as text on their way out. */
import type { Outgoing } from "./transport.ts";

export const outgoing = (id: string, type: string, data: unknown): Outgoing => ({
  id,
  text: JSON.stringify({ id, type, data }),
});

/** One message as it is, several as a JSON array. */
export const joined = (batch: readonly Outgoing[]): string => {
  const texts = batch.map(({ text }) => text).join(",");
  return batch.length === 1 ? texts : `[${texts}]`;
};
