/** What a channel has, what may be done to it, and who is there: stores of the client as hooks. */
import type {
  Client,
  CommandHandle,
  CommandOptions,
  CommandView,
  LinkState,
  PatternView,
  Readable,
} from "@signalbox/client";
import { attendance, noApprovals, nobodyHere, noStates, offlineLink } from "@signalbox/client/bindings";
import type { PresenceOptions, PresenceView } from "@signalbox/client/presence";
import { noEvents, type RecentOptions, type RecentView, recentEvents } from "@signalbox/client/recent";
import { type StatesOptions, states } from "@signalbox/client/states";
import { approvals, type Checkpoint, type Decision, decide, type OpenView } from "@signalbox/client/steering";
import { useCallback, useEffect, useMemo, useState } from "react";
import { useClient } from "./provider.ts";
import { useReadable } from "./use-readable.ts";

/** Where the connection is: live, waiting until …, stopped because … */
export const useConnection = (): LinkState => useReadable(useClient().link, offlineLink);

/** The newest events of a channel or pattern, oldest first. */
export function useChannel(channel: string, options: RecentOptions = {}): RecentView {
  const client = useClient();
  const key = JSON.stringify(options);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for options written in place.
  const store = useMemo(() => recentEvents(client, channel, options), [client, channel, key]);
  return useReadable(store, noEvents);
}

export interface SnapshotView<State> extends Pick<PatternView<State>, "status" | "error"> {
  /** Undefined until it came, and of a channel that has none. */
  state: State | undefined;
}

/** The folded states of all channels of a pattern. One client has one store for each: the options of the first count. */
export function useSnapshots<State>(pattern: string, options?: StatesOptions): PatternView<State> {
  const client = useClient();
  return useReadable(states<State>(client, pattern, options), noStates);
}

/** The folded state of one channel. */
export function useSnapshot<State>(channel: string, options?: StatesOptions): SnapshotView<State> {
  const { channels, status, error } = useSnapshots<State>(channel, options);
  return { state: channels.get(channel), status, error };
}

export interface CommandDesk {
  /** Tells the target what to do. */
  give(name: string, args?: unknown, options?: CommandOptions): CommandHandle;
  /** The newest command that was given here, through its whole life. */
  command: CommandView | undefined;
}

const noCommand: Readable<undefined> = { snapshot: () => undefined, subscribe: () => () => {} };

/** Gives commands to a channel, or to all of a pattern that are at work, and follows the newest. */
export function useCommand(target: string): CommandDesk {
  const client = useClient();
  const [given, setGiven] = useState<{ client: Client; target: string; handle: CommandHandle }>();
  const give = useCallback(
    (name: string, args?: unknown, options?: CommandOptions) => {
      const handle = client.command(target, name, args, options);
      setGiven({ client, target, handle });
      return handle;
    },
    [client, target],
  );
  const current = given?.client === client && given.target === target ? given.handle : noCommand;
  const command = useReadable<CommandView | undefined>(current, undefined);
  return useMemo(() => ({ give, command }), [give, command]);
}

export interface Approvals extends OpenView<Checkpoint> {
  /** Rejects with a GatewayError, such as `already_decided` and by whom. */
  decide(checkpointId: string, decision: Decision): Promise<Checkpoint>;
}

/** What agents ask people, of all channels that the token may see or of a pattern. */
export function useApprovals(pattern?: string): Approvals {
  const client = useClient();
  const view = useReadable(approvals(client, pattern), noApprovals);
  return useMemo(() => ({ ...view, decide: (id, decision) => decide(client, id, decision) }), [client, view]);
}

/** Is in the channel while the component is mounted, and says who else is. */
export function usePresence(channel: string, options: PresenceOptions = {}): PresenceView {
  const client = useClient();
  const { name, memberId, state } = options;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a changed state is told by the effect below.
  const here = useMemo(() => attendance(client, channel, options), [client, channel, name, memberId]);
  const says = state && JSON.stringify(state);
  useEffect(() => {
    if (says !== undefined) here.set(JSON.parse(says));
  }, [here, says]);
  return useReadable(here, nobodyHere);
}
