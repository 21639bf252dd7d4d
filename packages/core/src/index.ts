export { errorData } from "./errors.ts";
export { Hub } from "./hub.ts";
export type {
  Catalogue,
  Checked,
  Done,
  Failure,
  HubOptions,
  HubPorts,
  Outbox,
  Principal,
} from "./hub-ports.ts";
export { hasFailed } from "./hub-ports.ts";
export { channelError, namespaceError } from "./intake.ts";
export type { Durability, NamespaceOptions, Retention } from "./namespaces.ts";
export { defaultNamespaces } from "./namespaces.ts";
export type {
  Appended,
  ChannelInfo,
  Entry,
  Kept,
  Page,
  Producer,
  SavedSnapshot,
  SearchHit,
  SearchQuery,
  SearchResult,
  Store,
  Trimmed,
} from "./ports.ts";
export { StoreFailed } from "./ports.ts";
export { SharedPublication } from "./publication.ts";
export type { Start } from "./resume.ts";
export { planStart } from "./resume.ts";
export type { Session } from "./session.ts";
