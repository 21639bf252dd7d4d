/** Which events a viewer that reads slowly gets first, and which it may miss (§4.10). */
import type { Catalogue } from "./hub-ports.ts";
import type { SharedPublication } from "./publication.ts";

/**
 * lossless: every event arrives. coalesce: a late viewer gets a gap with counts in place of them. latest: it gets the
 * newest of each key.
 */
export type Delivery = "lossless" | "coalesce" | "latest";
export type Droppable = Exclude<Delivery, "lossless">;

/** In the order in which those who wait for room get it. */
export const lanes = ["lossless", "coalesce", "latest"] as const satisfies readonly Delivery[];

/** An outbox has no more room for a class when it is filled to this part: what must arrive goes on when logs pause. */
export const roomFor: Readonly<Record<Delivery, number>> = { lossless: 1, coalesce: 0.75, latest: 0.5 };

export class Lanes {
  readonly #catalogue: Pick<Catalogue, "deliveryOf" | "keyOf">;

  constructor(catalogue: Pick<Catalogue, "deliveryOf" | "keyOf">) {
    this.#catalogue = catalogue;
  }

  of(publication: SharedPublication): Delivery {
    publication.delivery ??= this.#classOf(publication.type);
    return publication.delivery;
  }

  keyOf(publication: SharedPublication): string {
    publication.key ??= this.#catalogue.keyOf(publication.type, publication.message().data);
    return publication.key;
  }

  /** What was kept before its type became ephemeral was kept for all. */
  #classOf(type: string): Delivery {
    const delivery = this.#catalogue.deliveryOf(type);
    return delivery === "ephemeral" ? "lossless" : delivery;
  }
}
