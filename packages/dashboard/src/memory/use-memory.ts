/** Where the memory view gets what it shows: now, or at the moment that is looked at. */
import { type MemoryState, memoryReducer } from "@signalbox/core/reducers";
import { useMemo } from "react";
import { type ChannelsWith, channelsWith, type Search } from "../stores/channels-with.ts";
import { useClient } from "../stores/client.tsx";
import { paced } from "../stores/readable.ts";
import { useStateAt } from "../stores/state-at.ts";
import { useReadable } from "../stores/use-readable.ts";

const searches: readonly Search[] = [{ pattern: "session:*", types: ["memory_update"], last: 20_000 }];

export function useMemorySessions(): ChannelsWith {
  const client = useClient();
  return useReadable(useMemo(() => channelsWith(client, searches), [client]));
}

export interface SessionMemory {
  state: MemoryState;
  loading: boolean;
  epoch: string | undefined;
  error: string | undefined;
}

export function useSessionMemory(channel: string): SessionMemory {
  const client = useClient();
  const { state, status, error } = useStateAt(channel, memoryReducer);
  const { position } = useReadable(
    useMemo(() => paced(client.channel(channel, memoryReducer), 250), [client, channel]),
  );
  return { state, loading: status === "loading", epoch: position?.epoch, error };
}
