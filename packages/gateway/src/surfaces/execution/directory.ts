/** Who can be reached by a direct message: the connections of this surface, by tenant, by id and by principal. */
import type { Hub, Principal } from "@signalbox/core";

export interface Reachable {
  readonly connectionId: string;
  readonly principal: Principal;
}

interface Place<One> {
  byId: Map<string, One>;
  byPrincipal: Map<string, Set<One>>;
}

export const nameOf = ({ kind, id }: Principal): string => `${kind}:${id}`;

export class Directory<One extends Reachable> {
  readonly #places = new Map<Hub, Place<One>>();

  add(hub: Hub, one: One): void {
    const place = this.#places.get(hub) ?? { byId: new Map(), byPrincipal: new Map() };
    this.#places.set(hub, place);
    place.byId.set(one.connectionId, one);
    const name = nameOf(one.principal);
    const others = place.byPrincipal.get(name) ?? new Set();
    place.byPrincipal.set(name, others.add(one));
  }

  remove(hub: Hub, one: One): void {
    const place = this.#places.get(hub);
    if (place === undefined) return;
    place.byId.delete(one.connectionId);
    const name = nameOf(one.principal);
    const others = place.byPrincipal.get(name);
    others?.delete(one);
    if (others?.size === 0) place.byPrincipal.delete(name);
    if (place.byId.size === 0) this.#places.delete(hub);
  }

  /** `to`: `connection:ID`, or a principal's name. */
  find(hub: Hub, to: string): readonly One[] {
    const place = this.#places.get(hub);
    const id = to.startsWith("connection:") ? to.slice("connection:".length) : undefined;
    if (id === undefined) return [...(place?.byPrincipal.get(to) ?? [])];
    const one = place?.byId.get(id);
    return one === undefined ? [] : [one];
  }
}
