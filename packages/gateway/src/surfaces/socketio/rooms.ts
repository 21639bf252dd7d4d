/** A room of a process is its channel; the others are for everybody. */

const prefix = "process:";

export const channelOfProcess = (processId: string): string => prefix + processId;

/** The process of a channel; `undefined` if it is none's. */
export const processIn = (channel: string): string | undefined =>
  channel.startsWith(prefix) ? channel.slice(prefix.length) : undefined;

/** What every connection is subscribed to. */
export const sharedChannels: readonly string[] = ["global", "agent:*", "session:*"];
