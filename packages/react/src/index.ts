export {
  type Approvals,
  type CommandDesk,
  type SnapshotView,
  useApprovals,
  useChannel,
  useCommand,
  useConnection,
  usePresence,
  useSnapshot,
  useSnapshots,
} from "./hooks.ts";
export { SignalboxProvider, type SignalboxProviderProps, useClient } from "./provider.ts";
export { useWebSocket, type WebSocketOptions, type WebSocketState } from "./use-websocket.ts";
