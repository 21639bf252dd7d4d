/** Where the views of tests get what they show: now, or at the moment that is looked at. */
import { states } from "@signalbox/client/states";
import { type AgentState, agentShape } from "@signalbox/core/reducers";
import { useMemo } from "react";
import { type ChannelsWith, type ChannelWith, channelsWith, type Search } from "../stores/channels-with.ts";
import { useClient } from "../stores/client.tsx";
import { useMoment } from "../stores/moment.ts";
import { paced } from "../stores/readable.ts";
import { useReadable } from "../stores/use-readable.ts";
import { type TestView, testEventTypes } from "./test-fold.ts";
import { type TestSourceView, testsOf } from "./test-source.ts";

/** Agents say in their state that they have tests; the others are looked into. A run's summary is near the end of a log. */
const searches: readonly Search[] = [
  { pattern: "session:*", types: testEventTypes, last: 20_000 },
  { pattern: "process:*", types: testEventTypes, last: 1_000 },
];

export function useTestChannels(): ChannelsWith {
  const client = useClient();
  const found = useReadable(useMemo(() => channelsWith(client, searches), [client]));
  const agents = useReadable(
    useMemo(() => paced(states<AgentState>(client, "agent:*", { reducer: agentShape }), 500), [client]),
  );
  return useMemo(() => {
    const those: ChannelWith[] = [...agents.channels]
      .filter(([, state]) => state.tdd !== undefined)
      .map(([channel, state]) => ({ channel, at: state.updatedAt }));
    const channels = [...those, ...found.channels].sort((a, b) => b.at - a.at);
    return { ...found, channels, error: found.error ?? agents.error?.message };
  }, [agents, found]);
}

export interface Tests extends Omit<TestSourceView, "live"> {
  view: TestView;
}

export function useTests(channel: string): Tests {
  const client = useClient();
  const source = useMemo(() => testsOf(client, channel), [client, channel]);
  const { live, ...rest } = useReadable(source);
  const at = useMoment();
  const view = useMemo(() => (at === undefined ? live : source.at(at)), [at, source, live]);
  return { ...rest, view };
}
