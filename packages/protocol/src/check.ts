/** What the catalogue says of an event: whether its data fits, and how it may be delivered. */
import type { DeliveryClass } from "./events/define.ts";
import { catalogue } from "./events/index.ts";
import { type Checked, checker, passed } from "./validate.ts";

const checks = new Map([...catalogue].map(([type, { data }]) => [type, checker(data, "/data")]));

/** Checks an event's data against its type's schema. Types outside the catalogue pass. */
export function checkEvent(type: string, data: unknown): Checked {
  const check = checks.get(type);
  return check === undefined ? passed : check(data);
}

/** How an event type may be delivered; types outside the catalogue are lossless. */
export const deliveryOf = (type: string): DeliveryClass => catalogue.get(type)?.delivery ?? "lossless";
