export { createClient } from "./client.ts";
export type { Clock } from "./clock.ts";
export type { CommandHandle, CommandOptions, CommandRow, CommandState, CommandView } from "./command-steps.ts";
export type { Deps } from "./defaults.ts";
export { GatewayError } from "./errors.ts";
export type { Ride, Rider } from "./rider.ts";
export type { Asks, Cause, Codec, Dial, Link, LinkEvents, Outgoing, Transport } from "./transport.ts";
export type { DraftOf, EventOf, FilterOf } from "./typed-events.ts";
export type {
  ChannelStore,
  ChannelView,
  Client,
  ClientErrorName,
  ClientOptions,
  Fold,
  GatewayFailure,
  LinkState,
  PatternView,
  Problem,
  Published,
  Readable,
  Reconnect,
  TransportName,
  Watch,
  WatchOptions,
  WatchState,
} from "./types.ts";
