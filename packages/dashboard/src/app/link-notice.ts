/** What is said over every view while it does not show what happens now. */
import type { LinkState } from "@signalbox/client";
import { count } from "../components/figures.ts";
import { linkWords } from "../stores/link.ts";

export interface LinkNotice {
  kind: "offline" | "stopped" | "catching-up" | "polling";
  title: string;
  /** Cause and next step. */
  detail: string;
}

/** `wasAway`: what is catching up was away before, and has not all of it yet. */
export function linkNotice(link: LinkState, wasAway: boolean, time: (ms: number) => string): LinkNotice | undefined {
  const { state, label, detail } = linkWords(link, time);
  switch (state) {
    case "offline":
      return { kind: "offline", title: label, detail: detail + waitingWords(link) };
    case "stopped":
      return { kind: "stopped", title: label, detail: `${detail} What you see is how it was.` };
    case "connecting":
      // The first attempt of all is no time away.
      if (link.offlineSinceMs === undefined) return undefined;
      return {
        kind: "offline",
        title: label,
        detail: `What you see is how it was at ${time(link.offlineSinceMs)}; what happened since follows.${waitingWords(link)}`,
      };
    case "catching-up":
      if (!wasAway) return undefined;
      return {
        kind: "catching-up",
        title: label,
        detail: "The link is back; what happened meanwhile is arriving, in order.",
      };
    case "polling":
      return {
        kind: "polling",
        title: label,
        detail:
          "Neither WebSockets nor event streams get through here, so events come a little later. docs/blocked.md says what to change in the proxy.",
      };
    default:
      return undefined;
  }
}

const waitingWords = ({ queued }: LinkState): string =>
  queued === 0
    ? ""
    : ` ${count(queued)} ${queued === 1 ? "message of yours waits" : "messages of yours wait"} to be sent.`;
