/** Who drives a channel, kept up by its steps; and being there as long as this page drives it. */
import type { Client, Readable } from "@signalbox/client";
import { type Presence, presence } from "@signalbox/client/presence";

export interface DriverView {
  /** `KIND:ID`; null: nobody; undefined: not known yet. */
  driver: string | null | undefined;
  how?: string;
  since?: number;
  error?: string;
}

interface Told {
  driver: string | null;
  how?: string;
  since?: number;
}

const stores = new WeakMap<Client, Map<string, Readable<DriverView>>>();

export function driverOf(client: Client, channel: string): Readable<DriverView> {
  const known = stores.get(client) ?? new Map<string, Readable<DriverView>>();
  stores.set(client, known);
  const store = known.get(channel) ?? open(client, channel);
  known.set(channel, store);
  return store;
}

const pathOf = (channel: string): string => `/v1/channels/${encodeURIComponent(channel)}/driver`;

function open(client: Client, channel: string): Readable<DriverView> {
  let view: DriverView = { driver: undefined };
  let stop: (() => void) | undefined;
  let asked = 0;
  const listeners = new Set<() => void>();
  const show = (next: DriverView) => {
    view = next;
    for (const listener of [...listeners]) listener();
  };
  const ask = () => {
    const mine = ++asked;
    client.request<Told>(pathOf(channel)).then(
      ({ driver, how, since }) =>
        mine === asked && show({ driver, ...(how !== undefined && { how }), ...(since !== undefined && { since }) }),
      (error: unknown) => mine === asked && show({ ...view, error: error instanceof Error ? error.message : "" }),
    );
  };
  const begin = () => {
    let linked = true;
    ask();
    // Steps alone: whoever waits for them watches nothing, and no producer works for it.
    const watch = client.watch(channel, {
      filter: { types: ["driver_changed"] },
      onEvent: ask,
      onGap: ask,
      onState: ({ status }) => {
        if (status === "offline" || status === "subscribing") linked = false;
        if (status !== "live" || linked) return;
        linked = true;
        ask();
      },
    });
    return () => watch.stop();
  };
  return {
    snapshot: () => view,
    subscribe: (listener) => {
      listeners.add(listener);
      stop ??= begin();
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        stop?.();
        stop = undefined;
      };
    },
  };
}

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
