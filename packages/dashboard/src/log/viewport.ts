/** What part of a log is looked at. It stays there, whatever arrives, unless it follows the end. */
import type { Readable } from "@signalbox/client";
import { cell } from "../stores/readable.ts";

export interface View {
  /** Stays at the newest line. */
  readonly follow: boolean;
  /** Otherwise: the row at the top, and how many of its pixels are above the edge. */
  readonly anchor: { readonly offset: number; readonly px: number };
  /** A row that was asked for; stands out until the next one. */
  readonly marked: number | undefined;
  /** Newest offset when following ended. */
  readonly leftAt: number;
  /** Goes up when the view was sent somewhere, rather than scrolled. */
  readonly jumps: number;
}

export interface Viewport extends Readable<View> {
  /** Stays at the end from now on. */
  follow(): void;
  /** Scrolled there by hand. */
  hold(anchor: View["anchor"], top: number): void;
  /** Sent there: the row is marked, with some of what precedes it in sight. */
  goTo(offset: number, from: number, top: number): void;
}

export function createViewport(): Viewport {
  const view = cell<View>({
    follow: true,
    anchor: { offset: 0, px: 0 },
    marked: undefined,
    leftAt: 0,
    jumps: 0,
  });
  const leave = (top: number): number => (view.snapshot().follow ? top : view.snapshot().leftAt);
  return {
    snapshot: view.snapshot,
    subscribe: view.subscribe,
    follow: () => {
      const now = view.snapshot();
      if (!now.follow) view.set({ ...now, follow: true, marked: undefined, jumps: now.jumps + 1 });
    },
    hold: (anchor, top) => view.set({ ...view.snapshot(), follow: false, anchor, leftAt: leave(top) }),
    goTo: (offset, from, top) => {
      const now = view.snapshot();
      view.set({
        follow: false,
        anchor: { offset: from, px: 0 },
        marked: offset,
        leftAt: leave(top),
        jumps: now.jumps + 1,
      });
    },
  };
}
