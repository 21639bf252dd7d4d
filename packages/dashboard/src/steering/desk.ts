/** What may be told a channel, by whom, and whether anybody there hears it; kept up while somebody looks. */
import type { Client, Readable } from "@signalbox/client";
import type { Publication } from "@signalbox/protocol";

/** A command as it is offered to people. */
export interface Offer {
  name: string;
  title?: string;
  description?: string;
  /** JSON Schema of its arguments. */
  args?: unknown;
  confirm?: boolean;
  /** This token may give it. */
  allowed: boolean;
}

export interface Desk {
  /** The agent said what it understands. */
  declared: boolean;
  commands: readonly Offer[];
  /** This token may decide checkpoints here. */
  approve: boolean;
  /** Who is at work; nobody without it. */
  lease?: { producer: string; epoch: number };
}

export interface DeskView {
  /** Absent until the gateway told it. */
  desk: Desk | undefined;
  error: string | undefined;
}

const types = ["agent_commands", "lease_held", "lease_released", "lease_lost", "agent_status"];

const desks = new WeakMap<Client, Map<string, Readable<DeskView>>>();

/** The same channel, the same desk. */
export function deskOf(client: Client, channel: string): Readable<DeskView> {
  const known = desks.get(client) ?? new Map<string, Readable<DeskView>>();
  desks.set(client, known);
  const desk = known.get(channel) ?? openDesk(client, channel);
  known.set(channel, desk);
  return desk;
}

function openDesk(client: Client, channel: string): Readable<DeskView> {
  let view: DeskView = { desk: undefined, error: undefined };
  let stop: (() => void) | undefined;
  let asked = 0;
  const listeners = new Set<() => void>();
  const show = (next: DeskView) => {
    view = next;
    for (const listener of [...listeners]) listener();
  };
  const ask = () => {
    const mine = ++asked;
    client.request<Desk>(`/v1/channels/${encodeURIComponent(channel)}/steering`).then(
      (desk) => mine === asked && show({ desk, error: undefined }),
      (error: unknown) => mine === asked && show({ ...view, error: error instanceof Error ? error.message : "" }),
    );
  };
  const begin = () => {
    ask();
    let linked = true;
    const watch = client.watch(channel, {
      filter: { types },
      onEvent: (event) => changes(event) && ask(),
      // To a slow viewer none of these is left out.
      onGap: (_, { reason }) => reason !== "slow" && ask(),
      // Again after every time without a link; not whenever a slow one has caught up.
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

/** Of an agent's statuses only one ends its lease. */
const changes = ({ type, data }: Publication): boolean =>
  type !== "agent_status" || (typeof data === "object" && data !== null && "status" in data && data.status === "lost");
