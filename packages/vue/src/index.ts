export {
  type Approvals,
  type CommandDesk,
  type SnapshotView,
  type UsePresenceOptions,
  useApprovals,
  useChannel,
  useCommand,
  useConnection,
  usePresence,
  useSnapshot,
  useSnapshots,
} from "./composables.ts";
export { provideSignalbox, useClient } from "./provide.ts";
export type { Refs } from "./use-readable.ts";
export { useWebSocket, type WebSocketOptions, type WebSocketState } from "./use-websocket.ts";
