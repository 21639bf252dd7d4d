/** The states of all channels of a pattern at the moment that is looked at. */
import type { Client } from "@signalbox/client";
import { useEffect, useState } from "react";
import { useClient } from "./client.tsx";
import { useMoment } from "./moment.ts";

export interface StatesAt<State> {
  at: number;
  /** By channel; those that had told nothing yet are not among them. */
  states: ReadonlyMap<string, State>;
  /** There are more channels than were asked for. */
  isCut: boolean;
}

/** Channels of a pattern; more are not asked for. */
const most = 500;
/** The hand that scrubs comes to rest first: this is the dearest of all questions. */
const restMs = 150;

interface Answer {
  channels: Array<{ channel: string; snapshot?: { offset: number; state: unknown } }>;
  next?: string;
}

export interface Past<Value> {
  /** Of the moment before, until the answer comes; undefined before the first. */
  value: Value | undefined;
  error: string | undefined;
}

/** What `ask` answers for the moment that is looked at; undefined: now. `ask` has to stay the same. */
export function useAtMoment<Value>(
  ask: (client: Client, at: number, signal: AbortSignal) => Promise<Value>,
): Past<Value> | undefined {
  const client = useClient();
  const at = useMoment();
  const [past, setPast] = useState<Past<Value>>(nothing);
  useEffect(() => {
    if (at === undefined) {
      setPast(nothing);
      return undefined;
    }
    const gone = new AbortController();
    const timer = setTimeout(() => {
      ask(client, at, gone.signal).then(
        (value) => setPast({ value, error: undefined }),
        (error: unknown) => {
          if (!gone.signal.aborted) setPast({ value: undefined, error: String(error) });
        },
      );
    }, restMs);
    return () => {
      clearTimeout(timer);
      gone.abort();
    };
  }, [client, at, ask]);
  return at === undefined ? undefined : past;
}

const nothing = { value: undefined, error: undefined };

export async function statesAt<State>(
  client: Client,
  pattern: string,
  at: number,
  signal: AbortSignal,
): Promise<StatesAt<State>> {
  const query = new URLSearchParams({ pattern, snapshot: "1", at: String(at), limit: String(most) });
  const { channels, next } = await client.request<Answer>(`/v1/channels?${query}`, { signal });
  const states = new Map<string, State>();
  for (const { channel, snapshot } of channels) {
    if (snapshot !== undefined && snapshot.offset > 0) states.set(channel, snapshot.state as State);
  }
  return { at, states, isCut: next !== undefined };
}
