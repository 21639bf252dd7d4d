export { agentStatusOf } from "./agent-status.ts";
export { channelName, isChannel, isPattern, matchesPattern, namespaceOf } from "./channel.ts";
export type { CloseCode, CloseName, ErrorCode, ErrorName } from "./codes.ts";
export { closeCodes, errorCodes, mayReconnect } from "./codes.ts";
export type { Decoded } from "./decode.ts";
export { decodeFrame, decodeValue } from "./decode.ts";
export type { DeliveryClass } from "./events/define.ts";
export type { EventData, EventType } from "./events/index.ts";
export type { Limit, LimitName, Limits, RateLimit } from "./limits.ts";
export { defaultLimits, defaultRates, limits } from "./limits.ts";
export type {
  ChannelState,
  Control,
  ControlData,
  ControlType,
  Demand,
  Draft,
  ErrorData,
  Filter,
  Gap,
  Health,
  LeaseData,
  Message,
  Metadata,
  PatchOperation,
  PresenceData,
  PresenceMember,
  PrincipalInfo,
  Publication,
  PublishResult,
  Snapshot,
  SubscribeData,
  SubscriptionUpdate,
} from "./messages.ts";
export { isControlType } from "./messages.ts";
export { refuseOutline } from "./outline.ts";
export type { Position, Since } from "./position.ts";
export { formatPosition, isEpoch, isOffset, parsePosition } from "./position.ts";
export { subscribedChannel, subscribedFilter } from "./resource.ts";
