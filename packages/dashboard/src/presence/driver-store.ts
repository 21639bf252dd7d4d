/** Who drives a channel, kept up by its steps; and being there as long as this page drives it. */
import type { Client } from "@signalbox/client";
import { type Presence, presence } from "@signalbox/client/presence";
import { perChannel, whenLinkedAgain, whileWatched } from "../stores/while-watched.ts";

export interface DriverView {
  /** `KIND:ID`; null: nobody; undefined: not known yet. */
  driver: string | null | undefined;
  how?: string | undefined;
  since?: number | undefined;
  error?: string | undefined;
}

interface Told {
  driver: string | null;
  how?: string;
  since?: number;
}

const pathOf = (channel: string): string => `/v1/channels/${encodeURIComponent(channel)}/driver`;

export const driverOf = perChannel((client, channel) =>
  whileWatched<DriverView>({ driver: undefined }, ({ show }) => {
    let asked = 0;
    const ask = () => {
      const mine = ++asked;
      client.request<Told>(pathOf(channel)).then(
        ({ driver, how, since }) => mine === asked && show({ driver, how, since, error: undefined }),
        (error: unknown) => mine === asked && show({ error: error instanceof Error ? error.message : "" }),
      );
    };
    ask();
    // Steps alone: whoever waits for them watches nothing, and no producer works for it.
    const watch = client.watch(channel, {
      filter: { types: ["driver_changed"] },
      onEvent: ask,
      onGap: ask,
      onState: whenLinkedAgain(ask),
    });
    return () => watch.stop();
  }),
);

export const takeDriving = (client: Client, channel: string, take: boolean): Promise<unknown> =>
  client.request(pathOf(channel), { method: "PUT", body: take ? { take } : {} });

export const giveDriving = (client: Client, channel: string, driver: string): Promise<unknown> =>
  client.request(pathOf(channel), { method: "PUT", body: { driver } });

export const releaseDriving = (client: Client, channel: string): Promise<unknown> =>
  client.request(pathOf(channel), { method: "DELETE" });

const held = new WeakMap<Client, Map<string, Presence>>();

/**
 * Who drives and is nowhere to be seen for 30 s has left (§13.7): a page that drives stays a member of the channel, also
 * while it shows another view.
 */
export function stayWhileDriving(client: Client, channel: string, drives: boolean): void {
  const members = held.get(client) ?? new Map<string, Presence>();
  held.set(client, members);
  const member = members.get(channel);
  if (drives && !member) {
    members.set(channel, presence(client, channel));
    // Once nobody looks at who drives, this page still has to hear that it does no more.
    const store = driverOf(client, channel);
    const mine = store.snapshot().driver;
    const stop = store.subscribe(() => {
      if (store.snapshot().driver === mine) return;
      stop();
      stayWhileDriving(client, channel, false);
    });
  }
  if (drives || !member) return;
  member.leave();
  members.delete(channel);
}
