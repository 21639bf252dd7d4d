/** The client's time, for modules that have no link of their own to look at. */
import type { Clock } from "./clock.ts";
import type { Rider } from "./rider.ts";
import type { Client } from "./types.ts";

/** It asks nothing and takes nothing. */
const passenger: Rider = { due: () => false, asks: () => [], take: () => false, unlink() {} };

/** As every rider it makes the client connect, so not before somebody looks. */
export function clockOf(client: Pick<Client, "ride">): Clock {
  const { clock, end } = client.ride(passenger);
  end();
  return clock;
}
