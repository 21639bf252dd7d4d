/** What the service worker is sent, and what it shows of it. */

export interface PushNote {
  id: string;
  what: "opened" | "withdrawn" | "test";
  title: string;
  text: string;
  risk?: string;
  deadline?: number;
  /** Below the gateway's address. */
  links: { open: string; approve?: string; deny?: string };
}

/** `undefined`: it is nothing of ours. */
export function readNote(text: string): PushNote | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { id, what, title, text: said, links } = value as Partial<PushNote>;
  const isNote = typeof id === "string" && typeof title === "string" && typeof links?.open === "string";
  if (!isNote || (what !== "opened" && what !== "withdrawn" && what !== "test")) return undefined;
  return { ...(value as PushNote), text: typeof said === "string" ? said : "" };
}

export interface Shown {
  title: string;
  options: NotificationOptions & { actions?: Array<{ action: string; title: string }>; timestamp?: number };
}

export function shownOf(note: PushNote, time: (ms: number) => string): Shown {
  const { id, what, title, text, deadline, links } = note;
  const until = deadline === undefined ? "" : `\nUntil ${time(deadline)}`;
  const oneTap = links.approve !== undefined && links.deny !== undefined;
  const actions = oneTap
    ? [
        { action: "approve", title: "Approve" },
        { action: "deny", title: "Deny" },
      ]
    : [{ action: "open", title: "Open" }];
  return {
    title,
    options: {
      body: text + until,
      // The same tag takes the place of what was shown before.
      tag: id,
      data: { links, title },
      // It waits for a person: it must not fade.
      requireInteraction: what === "opened",
      actions,
    },
  };
}

export interface Clicked {
  links: PushNote["links"];
  title: string;
}

/** What a notification of ours carries. */
export function clickedOf(data: unknown): Clicked | undefined {
  if (typeof data !== "object" || data === null) return undefined;
  const { links, title } = data as Partial<Clicked>;
  return typeof links?.open === "string" ? { links, title: String(title) } : undefined;
}

/** A path of a note below `scope`, or the scope itself for one that leads elsewhere. */
export function addressIn(scope: string, path: string): string {
  const url = new URL(path, scope);
  return url.href.startsWith(scope) ? url.href : scope;
}
