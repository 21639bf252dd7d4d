/** The state of the link, in the words people see. */
import type { LinkState, TransportName } from "@signalbox/client";

export interface LinkWords {
  /** Stable names: live, catching-up, polling, connecting, offline, stopped. */
  state: "live" | "catching-up" | "polling" | "connecting" | "offline" | "stopped";
  /** A few words for the bar. */
  label: string;
  /** A sentence for who asks. */
  detail: string;
}

const transportWords: Record<TransportName, string> = {
  websocket: "over a WebSocket",
  sse: "over server-sent events: WebSockets do not get through here",
  poll: "by polling: neither WebSockets nor event streams get through here",
};

export function linkWords(link: LinkState, time: (ms: number) => string): LinkWords {
  const how = link.transport ? transportWords[link.transport] : "";
  const since = link.offlineSinceMs === undefined ? "" : ` since ${time(link.offlineSinceMs)}`;
  const at = link.offlineSinceMs === undefined ? "" : ` at ${time(link.offlineSinceMs)}`;
  const why = link.reason ? `${link.reason.help} (${link.reason.name})` : "";
  switch (link.state) {
    case "live":
      if (link.catchingUp > 0) {
        const streams = `${link.catchingUp} ${link.catchingUp === 1 ? "stream" : "streams"}`;
        return { state: "catching-up", label: `Catching up ${streams}`, detail: `${streams} replaying, ${how}.` };
      }
      if (link.transport === "poll") return { state: "polling", label: "Polling", detail: `Connected ${how}.` };
      return { state: "live", label: "Live", detail: `Connected ${how}. Every event arrives as it happens.` };
    case "waiting":
      return {
        state: "offline",
        label: `Offline${since}`,
        detail: `${why || "The gateway does not answer."} What you see is how it was${at}; what happened since follows when the link is back.`,
      };
    case "stopped":
      return {
        state: "stopped",
        label: "Disconnected",
        detail: why || "The link was closed for good. Reload the page.",
      };
    default:
      return {
        state: "connecting",
        label: since === "" ? "Connecting" : `Reconnecting, offline${since}`,
        detail: `Attempt ${link.attempt + 1}. ${why}`.trim(),
      };
  }
}
