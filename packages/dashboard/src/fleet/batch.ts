/** One command for many: whom it can be given to, and what all of them understand. */
import type { Desk, Offer } from "../steering/desk.ts";
import { offersOf } from "../steering/words.ts";
import type { FleetItem } from "./item.ts";

/** What can be told what is looked up for so many; of more only the standard commands are offered. */
export const looksMost = 200;
const atOnce = 6;

export interface Looked {
  channel: string;
  desk: Desk | undefined;
  /** Why it is not known. */
  error: string | undefined;
}

/** Sessions are told nothing, and what has ended hears nothing. */
export function tellable(items: readonly FleetItem[]): { can: readonly FleetItem[]; cannot: readonly FleetItem[] } {
  const can = items.filter(
    ({ kind, condition }) => kind !== "session" && condition !== "done" && condition !== "failed",
  );
  const told = new Set(can);
  return { can, cannot: items.filter((item) => !told.has(item)) };
}

/** Asks for each, a few at once; `onLooked` after each answer. */
export async function lookAt(
  channels: readonly string[],
  ask: (channel: string) => Promise<Desk>,
  onLooked: (looked: readonly Looked[]) => void,
): Promise<void> {
  const looked: Looked[] = [];
  const left = [...channels];
  const next = async (): Promise<void> => {
    for (let channel = left.shift(); channel !== undefined; channel = left.shift()) {
      const of = channel;
      const found = await ask(of).then(
        (desk): Looked => ({ channel: of, desk, error: undefined }),
        (error: unknown): Looked => ({
          channel: of,
          desk: undefined,
          error: error instanceof Error ? error.message : String(error),
        }),
      );
      looked.push(found);
      onLooked([...looked]);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, next));
}

/** `pause` and the like, where nobody was asked. */
export const standardOffers: readonly Offer[] = ["pause", "resume", "cancel"].map((name) => ({ name, allowed: true }));

export interface Common {
  offers: readonly Offer[];
  /** Commands that only some understand, or understand otherwise, or that this token may not give to all. */
  left: ReadonlyArray<{ name: string; why: string }>;
}

/** What every one of them understands in the same way and may be told. */
export function commonOffers(looked: readonly Looked[]): Common {
  const known = looked.flatMap(({ channel, desk }) => (desk ? [offersOf(channel, desk)] : []));
  const all = new Map<string, Offer[]>();
  for (const offers of known) for (const offer of offers) all.set(offer.name, [...(all.get(offer.name) ?? []), offer]);
  const offers: Offer[] = [];
  const left: Array<{ name: string; why: string }> = [];
  for (const [name, same] of all) {
    const [first] = same;
    if (first === undefined) continue;
    if (same.length < known.length) left.push({ name, why: `${same.length} of ${known.length} understand it` });
    else if (same.some(({ args }) => JSON.stringify(args) !== JSON.stringify(first.args)))
      left.push({ name, why: "its arguments differ" });
    else if (same.some(({ allowed }) => !allowed))
      left.push({ name, why: "this token may not give it to all of them (it lacks the verb command)" });
    else offers.push({ ...first, confirm: same.some(({ confirm }) => confirm) });
  }
  return { offers, left };
}
