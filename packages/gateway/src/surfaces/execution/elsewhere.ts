/** Connections of this surface at other nodes: who they speak for, and handing them a direct message. */
import type { SharedTable } from "@signalbox/core";
import type { Others } from "../../nodes/others.ts";
import { nameOf, type Reachable } from "./directory.ts";

type Who = Pick<Reachable["principal"], "kind" | "id" | "tenant">;

interface Handed {
  to: string;
  data: unknown;
  from: object;
  timestamp: string;
}

const placeOf = (tenant: string | undefined, name: string): string => JSON.stringify([tenant, name]);

export class Elsewhere {
  readonly #table: SharedTable<Who>;
  readonly #tell: (body: string) => void;
  readonly #mine = new Map<string, Reachable>();
  /** Of other nodes, by id, and their ids by tenant and principal. */
  readonly #others = new Map<string, Reachable>();
  readonly #byPrincipal = new Map<string, Set<string>>();

  constructor(others: Others) {
    this.#table = others.table<Who>("executions", {
      read: (value) => (typeof value === "object" ? (value as Who) : undefined),
      changed: (_node, id, who) => this.#changed(id, who),
    });
    this.#tell = others.words("direct", (body) => {
      const { to, data, from, timestamp } = JSON.parse(body) as Handed;
      this.#mine.get(to)?.hand(data, from, timestamp);
    });
  }

  add(one: Reachable): void {
    const { kind, id, tenant } = one.principal;
    this.#mine.set(one.connectionId, one);
    this.#table.set(one.connectionId, { kind, id, ...(tenant === undefined ? {} : { tenant }) });
  }

  remove({ connectionId }: Reachable): void {
    this.#mine.delete(connectionId);
    this.#table.set(connectionId, undefined);
  }

  named(tenant: string | undefined, name: string): Reachable[] {
    const ids = this.#byPrincipal.get(placeOf(tenant, name)) ?? [];
    return [...ids].flatMap((id) => this.#others.get(id) ?? []);
  }

  known(tenant: string | undefined, id: string): Reachable[] {
    const one = this.#others.get(id);
    return one?.principal.tenant === tenant && one !== undefined ? [one] : [];
  }

  #changed(connectionId: string, who: Who | undefined): void {
    const before = this.#others.get(connectionId);
    if (before !== undefined) {
      const place = placeOf(before.principal.tenant, nameOf(before.principal));
      const ids = this.#byPrincipal.get(place);
      ids?.delete(connectionId);
      if (ids?.size === 0) this.#byPrincipal.delete(place);
      this.#others.delete(connectionId);
    }
    if (who === undefined) return;
    // Whether it has room only its node knows: what has none there is lost, as on a link that is down.
    const hand = (data: unknown, from: object, timestamp: string): boolean => {
      this.#tell(JSON.stringify({ to: connectionId, data, from, timestamp } satisfies Handed));
      return true;
    };
    this.#others.set(connectionId, { connectionId, principal: who, hand });
    const place = placeOf(who.tenant, nameOf(who));
    const ids = this.#byPrincipal.get(place) ?? new Set();
    this.#byPrincipal.set(place, ids.add(connectionId));
  }
}
