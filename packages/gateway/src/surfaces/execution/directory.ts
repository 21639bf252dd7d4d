/** Who can be reached by a direct message: the connections of this surface, by tenant, by id and by principal, at any node. */
import type { Hub, Principal } from "@signalbox/core";
import type { Elsewhere } from "./elsewhere.ts";

export interface Reachable {
  readonly connectionId: string;
  readonly principal: Pick<Principal, "kind" | "id" | "tenant">;
  /** False: there is no room for it. */
  hand(data: unknown, from: object, timestamp: string): boolean;
}

interface Place {
  byId: Map<string, Reachable>;
  byPrincipal: Map<string, Set<Reachable>>;
}

export const nameOf = ({ kind, id }: Pick<Principal, "kind" | "id">): string => `${kind}:${id}`;

export class Directory {
  readonly #places = new Map<Hub, Place>();
  readonly #elsewhere: Elsewhere | undefined;

  /** Without `elsewhere` this node is the only one. */
  constructor(elsewhere: Elsewhere | undefined) {
    this.#elsewhere = elsewhere;
  }

  add(hub: Hub, one: Reachable): void {
    const place = this.#places.get(hub) ?? { byId: new Map(), byPrincipal: new Map() };
    this.#places.set(hub, place);
    place.byId.set(one.connectionId, one);
    const name = nameOf(one.principal);
    const others = place.byPrincipal.get(name) ?? new Set();
    place.byPrincipal.set(name, others.add(one));
    this.#elsewhere?.add(one);
  }

  remove(hub: Hub, one: Reachable): void {
    const place = this.#places.get(hub);
    if (place === undefined) return;
    place.byId.delete(one.connectionId);
    const name = nameOf(one.principal);
    const others = place.byPrincipal.get(name);
    others?.delete(one);
    if (others?.size === 0) place.byPrincipal.delete(name);
    if (place.byId.size === 0) this.#places.delete(hub);
    this.#elsewhere?.remove(one);
  }

  /** `to`: `connection:ID`, or a principal's name. `tenant`: the hub's. */
  find(hub: Hub, tenant: string | undefined, to: string): readonly Reachable[] {
    const place = this.#places.get(hub);
    const id = to.startsWith("connection:") ? to.slice("connection:".length) : undefined;
    const one = id === undefined ? undefined : place?.byId.get(id);
    const here = id === undefined ? [...(place?.byPrincipal.get(to) ?? [])] : one === undefined ? [] : [one];
    if (this.#elsewhere === undefined || one !== undefined) return here;
    return [...here, ...(id === undefined ? this.#elsewhere.named(tenant, to) : this.#elsewhere.known(tenant, id))];
  }
}
