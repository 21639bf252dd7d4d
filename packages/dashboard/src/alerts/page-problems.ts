/** What went wrong on this very page: its link, and what it was refused. Nobody else sees it. */
import type { Client } from "@signalbox/client";
import { type Cell, cell } from "../stores/readable.ts";
import { toasts } from "../stores/toasts.ts";

export interface PageProblem {
  what: string;
  count: number;
  firstAt: number;
  lastAt: number;
}

const problemsMost = 50;

export const pageProblems: Cell<readonly PageProblem[]> = cell<readonly PageProblem[]>([]);

/** The same again is counted; beyond the limit the oldest goes. */
export function withProblem(problems: readonly PageProblem[], what: string, at: number): readonly PageProblem[] {
  const known = problems.find((problem) => problem.what === what);
  const others = problems.filter((problem) => problem !== known);
  const { count = 0, firstAt = at } = known ?? {};
  return [{ what, count: count + 1, firstAt, lastAt: at }, ...others].slice(0, problemsMost);
}

const note = (what: string): void =>
  pageProblems.set(withProblem(pageProblems.snapshot(), what.slice(0, 300), Date.now()));

/** Begins to note; returns what ends it. */
export function notePageProblems(client: Client): () => void {
  let wasLive = false;
  let lastToast = Math.max(0, ...toasts.snapshot().map(({ id }) => id));
  const looked = (): void => {
    const { state, reason } = client.link.snapshot();
    if (wasLive && state !== "live")
      note(`The link was lost: ${reason ? `${reason.help} (${reason.name})` : "no reason was given"}`);
    wasLive = state === "live";
  };
  looked();
  const stops = [
    client.link.subscribe(looked),
    toasts.subscribe(() => {
      for (const { id, text, tone } of toasts.snapshot()) {
        if (id <= lastToast) continue;
        lastToast = id;
        if (tone === "bad") note(text);
      }
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
