/** A place in a channel's history, and its text form `EPOCH:OFFSET`. */

export interface Position {
  /** Changes when history could not be kept. */
  epoch: string;
  /** Offset of the newest event already had: 0 before the first. */
  offset: number;
}

/** Where a subscription begins. `{last: n}`: the newest n events. */
export type Since = Position | "earliest" | "now" | { last: number };

const epochPattern = /^[A-Za-z0-9_-]{1,64}$/;

export const isOffset = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

export const isEpoch = (value: unknown): value is string => typeof value === "string" && epochPattern.test(value);

export const formatPosition = (position: Position): string => `${position.epoch}:${position.offset}`;

/** `undefined` unless the text is exactly EPOCH:OFFSET. */
export function parsePosition(text: string): Position | undefined {
  const colon = text.lastIndexOf(":");
  const epoch = text.slice(0, colon);
  const digits = text.slice(colon + 1);
  if (colon < 1 || !isEpoch(epoch) || !/^(0|[1-9][0-9]{0,15})$/.test(digits)) return undefined;
  const offset = Number(digits);
  return isOffset(offset) ? { epoch, offset } : undefined;
}
