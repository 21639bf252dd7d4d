/**
 * `@signalbox/client/bindings`: what bindings for user interface libraries share, so that each of them only connects a
 * store to its library. Programs use `@signalbox/react` or `@signalbox/vue`.
 */
export { type Attendance, attendance } from "./attendance.ts";
export { type ClientSource, gatewayUrl, type HeldClient, holdableClient } from "./held-client.ts";
export { type Messages, type MessagesView, messages, noMessages } from "./messages.ts";
export { noApprovals, nobodyHere, noStates, offlineLink } from "./nothing-yet.ts";
export {
  noSocket,
  type ProcessSocket,
  type ProcessSockets,
  type ProcessSocketView,
  processSockets,
  type SocketListener,
} from "./process-socket.ts";
export { makeSharedClients, type SharedClients, sharedClients } from "./shared-client.ts";
