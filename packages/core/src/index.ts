export { AlertDesk } from "./alerts/alert-desk.ts";
export type { Finding, Over, Severity } from "./alerts/finding.ts";
export { findingOf, mayTell } from "./alerts/finding.ts";
export type {
  Broker,
  BrokerEvents,
  NodeAbout,
  NodeInfo,
  NodeLoad,
  RateTake,
  RateTaken,
  RegisterNews,
  SharedDocument,
} from "./broker.ts";
export { isBroker, StoreAway } from "./broker.ts";
export { Durations } from "./durations.ts";
export { errorData } from "./errors.ts";
export type { HideRule, Hiding, View } from "./hide/index.ts";
export { compileHiding } from "./hide/index.ts";
export { Hub } from "./hub.ts";
export type {
  Actor,
  Catalogue,
  Checked,
  Done,
  Failure,
  HubOptions,
  HubPorts,
  Outbox,
  Principal,
  StepOutcome,
} from "./hub-ports.ts";
export { hasFailed, principalOf } from "./hub-ports.ts";
export { channelError, namespaceError } from "./intake.ts";
export type { Interest } from "./interests.ts";
export type { Durability, NamespaceOptions, Retention } from "./namespaces.ts";
export { defaultNamespaces } from "./namespaces.ts";
export { Agenda, type Errand } from "./notifications/agenda.ts";
export {
  claimNotice,
  type Matter,
  matters,
  type Notice,
  type NoticeOutcome,
  planNotice,
  settleNotice,
} from "./notifications/notice.ts";
export { type Delivery, newStanding, noteDelivery, resumed, type Standing } from "./notifications/standing.ts";
export type {
  Addition,
  Appended,
  ChannelInfo,
  Entry,
  Fence,
  Kept,
  Page,
  Producer,
  Register,
  RegisterChange,
  RegisterQuery,
  SavedSnapshot,
  SearchHit,
  SearchQuery,
  SearchResult,
  Store,
  Trimmed,
} from "./ports.ts";
export { StoreFailed } from "./ports.ts";
export { SharedPublication } from "./publication.ts";
export type { Rate } from "./rates/gcra.ts";
export { Gcra, KeyedGcra } from "./rates/gcra.ts";
export type { Asker, Limited, LimitedBy, RateRules } from "./rates/rate-limits.ts";
export { RateLimits } from "./rates/rate-limits.ts";
export { SharedUses } from "./rates/shared-uses.ts";
export { Redactor } from "./redact/redactor.ts";
export { reducers } from "./reducers/all.ts";
export { reducerOf } from "./reducers/of-channel.ts";
export type { Reducer } from "./reducers/reducer.ts";
export type { Start } from "./resume.ts";
export { planStart } from "./resume.ts";
export { forbidden } from "./rights/forbidden.ts";
export type { Identity } from "./rights/identity.ts";
export { principalKey } from "./rights/identity.ts";
export { listWithin } from "./rights/listing.ts";
export type { Rights } from "./rights/rights.ts";
export { compileRights, noRights } from "./rights/rights.ts";
export type { RoleTable } from "./rights/roles.ts";
export { capabilitiesOf, defaultRoles, rightsOf } from "./rights/roles.ts";
export type { Capability, Verb } from "./rights/verbs.ts";
export { readCapabilities, verbs, verbToPublish } from "./rights/verbs.ts";
export type { Session } from "./session.ts";
export { Following, type FollowingPorts } from "./shared/following.ts";
export { SharedTable } from "./shared/table.ts";
export { StateMessages } from "./states/messages.ts";
export { type Budget, budgetIsOpen, sharesOf, stages, stateOf } from "./steering/budget.ts";
export { canonicalJson } from "./steering/canonical.ts";
export { type Checkpoint, checkpointIsOpen } from "./steering/checkpoint.ts";
export { type Command, commandIsOpen } from "./steering/command.ts";
export { type Declaration, misunderstood } from "./steering/declaration.ts";
export type { KindName, States } from "./steering/kinds.ts";
export { type Lease, leaseIsHeld } from "./steering/lease.ts";
export { type Life, lifeOf } from "./steering/steering.ts";
export { type Used, usedIn } from "./steering/usage.ts";
export { Tally } from "./tally.ts";
