/** What a channel has, what may be done to it, and who is there: stores of the client as composables. */
import type { CommandHandle, CommandOptions, CommandView, LinkState, PatternView } from "@signalbox/client";
import { attendance, noApprovals, nobodyHere, noStates, offlineLink } from "@signalbox/client/bindings";
import type { PresenceOptions, PresenceView } from "@signalbox/client/presence";
import { noEvents, type RecentOptions, type RecentView, recentEvents } from "@signalbox/client/recent";
import { type StatesOptions, states } from "@signalbox/client/states";
import { approvals, type Checkpoint, type Decision, decide, type OpenView } from "@signalbox/client/steering";
import { type ComputedRef, computed, type MaybeRefOrGetter, shallowRef, toValue, watch } from "vue";
import { useClient } from "./provide.ts";
import { type Refs, refsOf, useReadable } from "./use-readable.ts";

/** Where the connection is: live, waiting until …, stopped because … */
export function useConnection(): Refs<LinkState> {
  const { link } = useClient();
  return refsOf(useReadable(() => link, offlineLink));
}

/** The newest events of a channel or pattern, oldest first. */
export function useChannel(channel: MaybeRefOrGetter<string>, options: RecentOptions = {}): Refs<RecentView> {
  const client = useClient();
  return refsOf(useReadable(() => recentEvents(client, toValue(channel), options), noEvents));
}

/** The folded states of all channels of a pattern. One client has one store for each: the options of the first count. */
export function useSnapshots<State>(
  pattern: MaybeRefOrGetter<string>,
  options?: StatesOptions,
): Refs<PatternView<State>> {
  const client = useClient();
  return refsOf(useReadable<PatternView<State>>(() => states<State>(client, toValue(pattern), options), noStates));
}

export interface SnapshotView<State> extends Pick<PatternView<State>, "status" | "error"> {
  /** Undefined until it came, and of a channel that has none. */
  state: State | undefined;
}

/** The folded state of one channel. */
export function useSnapshot<State>(
  channel: MaybeRefOrGetter<string>,
  options?: StatesOptions,
): Refs<SnapshotView<State>> {
  const { channels, status, error } = useSnapshots<State>(channel, options);
  return { state: computed(() => channels.value.get(toValue(channel))), status, error };
}

export interface CommandDesk {
  /** Tells the target what to do. */
  give(name: string, args?: unknown, options?: CommandOptions): CommandHandle;
  /** The newest command that was given here, through its whole life. */
  command: ComputedRef<CommandView | undefined>;
}

const noCommand = { snapshot: () => undefined, subscribe: () => () => {} };

/** Gives commands to a channel, or to all of a pattern that are at work, and follows the newest. */
export function useCommand(target: MaybeRefOrGetter<string>): CommandDesk {
  const client = useClient();
  const given = shallowRef<{ target: string; handle: CommandHandle }>();
  const view = useReadable<CommandView | undefined>(
    () => (given.value?.target === toValue(target) ? given.value.handle : noCommand),
    undefined,
  );
  return {
    command: computed(() => view.value),
    give(name, args, options) {
      const to = toValue(target);
      const handle = client.command(to, name, args, options);
      given.value = { target: to, handle };
      return handle;
    },
  };
}

export interface Approvals extends Refs<OpenView<Checkpoint>> {
  /** Rejects with a GatewayError, such as `already_decided` and by whom. */
  decide(checkpointId: string, decision: Decision): Promise<Checkpoint>;
}

/** What agents ask people, of all channels that the token may see or of a pattern. */
export function useApprovals(pattern: MaybeRefOrGetter<string> = "*"): Approvals {
  const client = useClient();
  const view = useReadable(() => approvals(client, toValue(pattern)), noApprovals);
  return { ...refsOf(view), decide: (id, decision) => decide(client, id, decision) };
}

export interface UsePresenceOptions extends Omit<PresenceOptions, "state"> {
  state?: MaybeRefOrGetter<NonNullable<PresenceOptions["state"]>>;
}

/** Is in the channel while the component is mounted, and says who else is. */
export function usePresence(channel: MaybeRefOrGetter<string>, options: UsePresenceOptions = {}): Refs<PresenceView> {
  const client = useClient();
  const { state, ...who } = options;
  const here = computed(() => attendance(client, toValue(channel), who));
  watch(
    () => [here.value, toValue(state)] as const,
    ([now, says]) => says && now.set(says),
    { immediate: true, deep: true },
  );
  return refsOf(useReadable(() => here.value, nobodyHere));
}
