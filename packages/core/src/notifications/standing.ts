/** How an endpoint fares: its newest deliveries, and whether it is worth trying. */

export interface Delivery {
  /** Id of the message. */
  readonly id: string;
  readonly what: "opened" | "withdrawn" | "test";
  /** Milliseconds since 1970. */
  readonly atMs: number;
  /** How long it took. */
  readonly tookMs: number;
  /** Of the answer; absent: there was none. */
  readonly status?: number;
  /** Why it was not taken. */
  readonly error?: string;
}

export interface Standing {
  /** The newest last. */
  readonly deliveries: readonly Delivery[];
  /** Attempts in a row that were not taken. */
  readonly failures: number;
  /** When something was taken last. */
  readonly lastSentMs?: number;
  /** Why nothing is sent any more, until somebody resumes it. */
  readonly disabled?: string;
}

const deliveriesKept = 20;
/** So many failures in a row, and nothing more is sent. */
const failuresAtMost = 20;

export const newStanding: Standing = { deliveries: [], failures: 0 };

export function noteDelivery(before: Standing, delivery: Delivery, isGone: boolean): Standing {
  const deliveries = [...before.deliveries, delivery].slice(-deliveriesKept);
  if (delivery.error === undefined) return { ...before, deliveries, failures: 0, lastSentMs: delivery.atMs };
  const failures = before.failures + 1;
  const disabled = isGone
    ? `it is gone: ${delivery.error}`
    : failures >= failuresAtMost
      ? `${failures} deliveries in a row failed, the last: ${delivery.error}`
      : before.disabled;
  return { ...before, deliveries, failures, ...(disabled === undefined ? {} : { disabled }) };
}

/** Somebody says that it works again. */
export const resumed = ({ disabled: _disabled, ...rest }: Standing): Standing => ({ ...rest, failures: 0 });
