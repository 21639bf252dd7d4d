/** How a command to many goes: how many are in each state, and who has not done it. */
import type { CommandHandle } from "@signalbox/client";
import { Button } from "../components/button.tsx";
import { count } from "../components/figures.ts";
import { LampWord } from "../components/lamp.tsx";
import { useReadable } from "../stores/use-readable.ts";
import { calm } from "../text/visible.ts";
import { countsOf } from "./stop.ts";
import { commandLamp, commandWord } from "./words.ts";

/** Rows of those that have not done it. */
const othersMost = 100;

export function CommandProgress({ handle, onClose }: { handle: CommandHandle; onClose: () => void }) {
  const view = useReadable(handle);
  const { state, name, commands, error } = view;
  const others = commands.filter((one) => one.state !== "done");
  const isOver = others.every((one) => one.state !== "queued" && one.state !== "delivered" && one.state !== "started");
  const done = commands.length - others.length;
  return (
    <>
      <p role="status" className="text-[13px]" data-testid="stop-state" data-state={state}>
        {commands.length === 0
          ? state === "refused"
            ? `Not given: ${calm(error ?? "")}`
            : "Sending …"
          : `${count(done)} of ${count(commands.length)} did ${name}.`}
      </p>
      <ul className="flex flex-wrap gap-x-5 gap-y-1 text-[13px]" aria-label="How many are in each state">
        {countsOf(view).map(([one, many]) => (
          <li key={one} className="flex items-center gap-1.5" data-state={one}>
            <LampWord name={commandLamp[one]} word={commandWord[one]} />
            <span className="font-semibold">{count(many)}</span>
          </li>
        ))}
      </ul>
      {others.length > 0 && (
        <ul
          aria-label="Those that have not done it"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
          tabIndex={0}
          className="flex max-h-48 flex-col gap-1 overflow-y-auto text-[13px] text-ink-2"
        >
          {others.slice(0, othersMost).map((one) => (
            <li key={one.commandId} className="flex gap-3">
              <span className="w-24 shrink-0">{commandWord[one.state]}</span>
              <span className="font-mono text-xs leading-5 break-all text-ink">{calm(one.target)}</span>
              <span className="min-w-0 break-words">{calm(one.error ?? "")}</span>
            </li>
          ))}
          {others.length > othersMost && <li>and {count(others.length - othersMost)} more</li>}
        </ul>
      )}
      <div className="flex gap-2">
        {commands.length > 0 && !isOver && (
          <Button onClick={() => void handle.cancel("stopped no longer").catch(() => {})}>
            Take back what has not begun
          </Button>
        )}
        <Button onClick={onClose}>Close</Button>
      </div>
    </>
  );
}
