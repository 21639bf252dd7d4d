/** Changes to what is kept: who is told where, what was told, which links were used. Each is made once, whichever node makes it. */
import {
  claimNotice,
  type Delivery,
  type Errand,
  type Notice,
  type NoticeOutcome,
  newStanding,
  noteDelivery,
  resumed,
  type Standing,
  settleNotice,
} from "@signalbox/core";
import type { Endpoint } from "./carrier.ts";
import { type KeptNotifications, type Keys, keysOf, type Ledger } from "./kept.ts";

export interface Settled extends Errand {
  claimed: Notice;
  outcome: NoticeOutcome;
  delivery: Delivery;
  gone: boolean;
}

interface RecordsOptions extends KeptNotifications {
  newVapid(): NonNullable<Keys["vapid"]>;
  nowMs(): number;
}

/** All endpoints of a gateway: each is looked at for everything that happens. */
const endpointsAtMost = 2_000;
/** Of one person. */
export const endpointsPerPrincipal = 20;

export class TooManyEndpoints extends Error {
  override name = "TooManyEndpoints";
  readonly limit: number;

  constructor(limit: number, whose: string) {
    super(`${whose} has ${limit} subscriptions and webhooks already`);
    this.limit = limit;
  }
}

export class Records {
  readonly #options: RecordsOptions;

  constructor(options: RecordsOptions) {
    this.#options = options;
  }

  /** Made when they are needed first. */
  keys(): Promise<Required<Pick<Keys, "vapid" | "linkSecret">>> {
    return keysOf(this.#options.keys, this.#options.newVapid);
  }

  /** `undefined`: nobody needed any yet. */
  get vapid(): Keys["vapid"] {
    return this.#options.keys.content.vapid;
  }

  get endpoints(): readonly Endpoint[] {
    return this.#options.endpoints.content.endpoints;
  }

  get ledger(): Ledger {
    return this.#options.ledger.content;
  }

  find(id: string): Endpoint | undefined {
    return this.endpoints.find((one) => one.id === id);
  }

  standingOf(id: string): Standing {
    return this.ledger.standings[id] ?? newStanding;
  }

  noticeOf({ about, to }: Errand): Notice | undefined {
    return this.ledger.notices[about]?.[to];
  }

  /** Everything that was told, or is about to be. */
  *errands(about?: string): Generator<Errand> {
    const { notices } = this.ledger;
    const all = about === undefined ? Object.entries(notices) : [[about, notices[about] ?? {}] as const];
    for (const [about, each] of all) for (const to of Object.keys(each)) yield { about, to };
  }

  /** What other nodes did is known. */
  async refresh(): Promise<void> {
    await Promise.all([this.#options.ledger.refresh(), this.#options.endpoints.refresh()]);
  }

  /** Puts it in the place of the one with its id. Rejects with TooManyEndpoints. `isOwners`: whose number is limited. */
  async put(endpoint: Endpoint, isOwners: (one: Endpoint) => boolean): Promise<void> {
    await this.#options.endpoints.update(({ version, endpoints }) => {
      const others = endpoints.filter(({ id }) => id !== endpoint.id);
      if (others.filter(isOwners).length >= endpointsPerPrincipal) {
        throw new TooManyEndpoints(endpointsPerPrincipal, `${endpoint.owner.kind}:${endpoint.owner.id}`);
      }
      if (others.length >= endpointsAtMost) throw new TooManyEndpoints(endpointsAtMost, "this gateway");
      const at = endpoints.findIndex(({ id }) => id === endpoint.id);
      return { version, endpoints: at < 0 ? [...endpoints, endpoint] : endpoints.with(at, endpoint) };
    });
  }

  /** Changes those that are still there. */
  async change(ids: ReadonlySet<string>, change: (endpoint: Endpoint) => Endpoint): Promise<void> {
    await this.#options.endpoints.update(({ version, endpoints }) => ({
      version,
      endpoints: endpoints.map((one) => (ids.has(one.id) ? change(one) : one)),
    }));
  }

  async remove(ids: ReadonlySet<string>): Promise<void> {
    await this.#options.endpoints.update(({ version, endpoints }) => ({
      version,
      endpoints: endpoints.filter(({ id }) => !ids.has(id)),
    }));
    await this.#changeLedger((ledger) => ({
      ...ledger,
      standings: without(ledger.standings, ids),
      notices: Object.fromEntries(
        Object.entries(ledger.notices)
          .map(([about, each]) => [about, without(each, ids)] as const)
          .filter(([, each]) => Object.keys(each).length > 0),
      ),
    }));
  }

  async resume(id: string): Promise<void> {
    if (this.standingOf(id) === newStanding) return;
    await this.#changeLedger((ledger) => ({
      ...ledger,
      standings: { ...ledger.standings, [id]: resumed(ledger.standings[id] ?? newStanding) },
    }));
  }

  /** `plan`: of what is kept at that moment, what is to be done; undefined: another node does it, or nobody has to. */
  async claim<One extends Errand>(
    errands: readonly One[],
    node: string,
    plan: (errand: One, notice: Notice | undefined) => "send" | "withdraw" | "forget" | undefined,
  ): Promise<Array<{ errand: One; what: "send" | "withdraw"; claimed: Notice }>> {
    let won: Array<{ errand: One; what: "send" | "withdraw"; claimed: Notice }> = [];
    const nowMs = this.#options.nowMs();
    await this.#changeLedger((ledger) => {
      won = [];
      const changes: Array<readonly [Errand, Notice | undefined]> = [];
      for (const errand of errands) {
        const before = ledger.notices[errand.about]?.[errand.to];
        const what = plan(errand, before);
        if (what === undefined) continue;
        if (what === "forget") {
          changes.push([errand, undefined]);
          continue;
        }
        const claimed = claimNotice(before, what, node, nowMs);
        changes.push([errand, claimed]);
        won.push({ errand, what, claimed });
      }
      return { ...ledger, notices: withNotices(ledger.notices, changes) };
    });
    return won;
  }

  /** Waits until its time, also over a restart. */
  async wait(errands: ReadonlyArray<Errand & { dueMs: number }>): Promise<void> {
    const atMs = this.#options.nowMs();
    await this.#changeLedger((ledger) => ({
      ...ledger,
      notices: withNotices(
        ledger.notices,
        errands.map(({ about, to, dueMs }) => {
          const known = ledger.notices[about]?.[to];
          return [{ about, to }, known ?? ({ state: "waiting", atMs, dueMs, tries: 0 } as const)] as const;
        }),
      ),
    }));
  }

  async settle(all: readonly Settled[]): Promise<void> {
    const nowMs = this.#options.nowMs();
    await this.#changeLedger((ledger) => {
      const standings = { ...ledger.standings };
      const changes = all.map((one) => {
        const { to, claimed, outcome, delivery, gone } = one;
        if (this.find(to) !== undefined) standings[to] = noteDelivery(standings[to] ?? newStanding, delivery, gone);
        return [one, settleNotice(ledger.notices[one.about]?.[to], claimed, outcome, nowMs)] as const;
      });
      return { ...ledger, standings, notices: withNotices(ledger.notices, changes) };
    });
  }

  async noteTest(id: string, delivery: Delivery, gone: boolean): Promise<void> {
    await this.#changeLedger((ledger) => ({
      ...ledger,
      standings: { ...ledger.standings, [id]: noteDelivery(ledger.standings[id] ?? newStanding, delivery, gone) },
    }));
  }

  /** False: it was used before. */
  async use(linkHash: string, untilMs: number): Promise<boolean> {
    let isFirst = false;
    await this.#changeLedger((ledger) => {
      isFirst = ledger.used[linkHash] === undefined;
      return isFirst ? { ...ledger, used: { ...ledger.used, [linkHash]: untilMs } } : ledger;
    });
    return isFirst;
  }

  isUsed(linkHash: string): boolean {
    return this.ledger.used[linkHash] !== undefined;
  }

  /** Nothing came of it: it may be used another time. */
  async unuse(linkHash: string): Promise<void> {
    await this.#changeLedger((ledger) => ({ ...ledger, used: without(ledger.used, new Set([linkHash])) }));
  }

  async #changeLedger(change: (ledger: Ledger) => Ledger): Promise<void> {
    const nowMs = this.#options.nowMs();
    await this.#options.ledger.update((before) => {
      const { used, ...after } = change(before);
      return { ...after, used: Object.fromEntries(Object.entries(used).filter(([, untilMs]) => untilMs > nowMs)) };
    });
  }
}

const without = <Value>(record: Readonly<Record<string, Value>>, names: ReadonlySet<string>): Record<string, Value> =>
  Object.fromEntries(Object.entries(record).filter(([name]) => !names.has(name)));

function withNotices(
  notices: Ledger["notices"],
  changes: ReadonlyArray<readonly [Errand, Notice | undefined]>,
): Ledger["notices"] {
  const all: Record<string, Readonly<Record<string, Notice>>> = { ...notices };
  for (const [{ about, to }, notice] of changes) {
    const { [to]: _before, ...others } = all[about] ?? {};
    const each = notice === undefined ? others : { ...others, [to]: notice };
    if (Object.keys(each).length === 0) delete all[about];
    else all[about] = each;
  }
  return all;
}
