/** Being present while a view is shown. */
import { type Presence, type PresenceOptions, type PresenceView, presence } from "../presence.ts";
import type { Client, Readable } from "../types.ts";
import { nobodyHere } from "./nothing-yet.ts";

export interface Attendance extends Readable<PresenceView> {
  /** What this member looks at and does now. */
  set(state: Readonly<Record<string, unknown>>): void;
}

/** Joins with its first listener, leaves with its last, and is the same member when it comes back. */
export function attendance(client: Pick<Client, "ride">, channel: string, options: PresenceOptions = {}): Attendance {
  let { memberId, state } = options;
  let here: Presence | undefined;
  let listeners = 0;
  return {
    snapshot: () => here?.snapshot() ?? nobodyHere,
    subscribe(listener) {
      here ??= presence(client, channel, { ...options, ...(memberId && { memberId }), ...(state && { state }) });
      memberId = here.memberId;
      listeners++;
      const remove = here.subscribe(listener);
      return () => {
        remove();
        if (--listeners) return;
        here?.leave();
        here = undefined;
      };
    },
    set(next) {
      state = next;
      here?.set(next);
    },
  };
}
