/** Whether this browser can be told, and what is in the way. */

export type PushState = "insecure" | "unsupported" | "denied" | "off" | "on";

export interface PushFacts {
  isSecure: boolean;
  hasWorker: boolean;
  hasPush: boolean;
  permission: NotificationPermission | undefined;
  isSubscribed: boolean;
}

export function pushState({ isSecure, hasWorker, hasPush, permission, isSubscribed }: PushFacts): PushState {
  if (!isSecure) return "insecure";
  if (!hasWorker || !hasPush || permission === undefined) return "unsupported";
  if (permission === "denied") return "denied";
  return permission === "granted" && isSubscribed ? "on" : "off";
}

export const pushWords: Readonly<Record<PushState, { title: string; next: string }>> = {
  insecure: {
    title: "Not on this address",
    next: "Browsers take notifications from https addresses and from localhost only. Open the dashboard there: docs/tls.md says how.",
  },
  unsupported: {
    title: "Not in this browser",
    next: "It has no Web Push. On an iPhone or iPad, add the dashboard to the home screen first; private windows have none either.",
  },
  denied: {
    title: "Blocked",
    next: "You told this browser to block notifications of this page. Allow them in its settings for this site, then load the page again.",
  },
  off: {
    title: "Off in this browser",
    next: "You are told here what waits for you while no dashboard of yours is open. The browser will ask you first.",
  },
  on: {
    title: "On in this browser",
    next: "You are told here what waits for you while no dashboard of yours is open.",
  },
};

/** What a browser says when it does not subscribe, with what to do about it. */
export function subscribeFault(error: unknown): string {
  const name = error instanceof Error ? error.name : "";
  const message = error instanceof Error ? error.message : String(error);
  if (name === "NotAllowedError")
    return "You did not allow it. To be asked again, change the setting for this site in the browser.";
  if (name === "AbortError") {
    return `The browser could not reach its push service (${message}). A network that blocks it, or a browser without one, such as plain Chromium, has no Web Push.`;
  }
  return `The browser refused: ${message}`;
}
