/** What may be told a channel, by whom, and whether anybody there hears it; kept up while somebody looks. */
import type { Publication } from "@signalbox/protocol";
import { perChannel, whenLinkedAgain, whileWatched } from "../stores/while-watched.ts";

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

export const deskOf = perChannel((client, channel) =>
  whileWatched<DeskView>({ desk: undefined, error: undefined }, ({ show }) => {
    let asked = 0;
    const ask = () => {
      const mine = ++asked;
      client.request<Desk>(`/v1/channels/${encodeURIComponent(channel)}/steering`).then(
        (desk) => mine === asked && show({ desk, error: undefined }),
        (error: unknown) => mine === asked && show({ error: error instanceof Error ? error.message : "" }),
      );
    };
    ask();
    const watch = client.watch(channel, {
      filter: { types },
      onEvent: (event) => changes(event) && ask(),
      // To a slow viewer none of these is left out.
      onGap: (_, { reason }) => reason !== "slow" && ask(),
      onState: whenLinkedAgain(ask),
    });
    return () => watch.stop();
  }),
);

/** Of an agent's statuses only one ends its lease. */
const changes = ({ type, data }: Publication): boolean =>
  type !== "agent_status" || (typeof data === "object" && data !== null && "status" in data && data.status === "lost");
