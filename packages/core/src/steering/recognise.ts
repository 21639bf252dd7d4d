/**
 * The store knows an event again by its producer's sequence number or its idempotency key. A step that has those of another
 * event is not kept, and nothing was decided by it: whoever sent it must not hear OK.
 */
import { type Failure, type HubPorts, hasFailed } from "../hub-ports.ts";
import type { Appended, Entry, Kept, Page } from "../ports.ts";
import { keyOf } from "./kinds.ts";

type Ports = Pick<HubPorts, "read" | "sha256">;

const anothers = {
  ok: false,
  code: "already_exists",
  message: "another event has this sequence number or idempotency key",
} as const satisfies Appended;

/** Calls back, at once where no step is called a duplicate, with duplicates of other events refused. */
export function recogniseSteps(
  ports: Ports,
  entries: readonly Entry[],
  outcomes: readonly Appended[],
  then: (outcomes: readonly Appended[]) => void,
): void {
  const known = [...outcomes];
  let waiting = 1;
  const looked = (): void => {
    if (--waiting === 0) then(known);
  };
  for (const [index, entry] of entries.entries()) {
    const outcome = outcomes[index];
    if (entry.register === undefined || !outcome?.ok || !outcome.duplicate) continue;
    const { offset } = outcome;
    if (offset === undefined) {
      // So old that nothing shows what it was.
      known[index] = anothers;
      continue;
    }
    waiting++;
    ports.read(entry.channel, offset - 1, 1, 1, (page) => {
      if (!isKept(page, offset, entry, ports)) known[index] = anothers;
      looked();
    });
  }
  looked();
}

function isKept(page: Page | Failure, offset: number, entry: Entry, ports: Ports): boolean {
  const event = hasFailed(page) ? undefined : page.events.find((one) => one.offset === offset);
  return event !== undefined && isSame(event, entry, ports);
}

/** A step of the same kind about the same thing; of something new whose name was left to us, anything of its kind. */
function isSame({ type, body }: Kept, entry: Entry, ports: Ports): boolean {
  if (type !== entry.type) return false;
  const sha256 = (text: string): string => ports.sha256(text);
  if (entry.register?.key === keyOf(type, undefined, entry.id, sha256)) return true;
  // Bodies were written by the hub.
  const { id, data } = JSON.parse(body) as { id: string; data: unknown };
  return keyOf(type, data, id, sha256) === entry.register?.key;
}
