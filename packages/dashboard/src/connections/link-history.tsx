/** What became of this page's own link. */

import { exactTimeOfDay } from "../components/figures.ts";
import { Lamp } from "../components/lamp.tsx";
import { Panel } from "../components/panel.tsx";
import { RelativeTime } from "../components/relative-time.tsx";
import type { LampName } from "../fleet/condition.ts";
import { type LinkChange, linkLog } from "../stores/link-log.ts";
import { useReadable } from "../stores/use-readable.ts";
import { calm } from "../text/visible.ts";

const faces: Readonly<Record<LinkChange["state"], readonly [lamp: LampName, word: string]>> = {
  connected: ["running", "Connected"],
  cut: ["lost", "Cut"],
  connecting: ["queued", "Connecting"],
  resumed: ["done", "Caught up"],
  stopped: ["failed", "Stopped"],
};
const shown = 5;

export function LinkHistory() {
  const changes = useReadable(linkLog);
  const newest = changes.slice(-shown).reverse();
  return (
    <Panel
      title="This page's link"
      beside={
        <span className="text-xs text-ink-3">
          {changes.length > shown ? `the newest ${shown} of ${changes.length} changes` : "since the page was opened"}
        </span>
      }
    >
      <ol className="flex flex-col gap-1 text-[13px]" data-testid="link-history">
        {newest.map(({ id, atMs, state, words }) => {
          const [lamp, word] = faces[state];
          return (
            <li key={id} className="flex items-baseline gap-2">
              <Lamp name={lamp} size={12} silent className="translate-y-0.5" />
              <span className="font-mono text-xs text-ink-3">{exactTimeOfDay(atMs)}</span>
              <span className="font-medium">{word}</span>
              <span className="min-w-0 flex-1 text-ink-2">{calm(words)}</span>
              <span className="text-xs text-ink-3 max-md:hidden">
                <RelativeTime ms={atMs} />
              </span>
            </li>
          );
        })}
      </ol>
    </Panel>
  );
}
