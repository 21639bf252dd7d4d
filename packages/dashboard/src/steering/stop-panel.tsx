/** Stop…: tells all that are shown to pause or to cancel, and shows who did. */
import type { CommandHandle } from "@signalbox/client";
import { useEffect, useRef, useState } from "react";
import { Button } from "../components/button.tsx";
import { count } from "../components/figures.ts";
import { LampWord } from "../components/lamp.tsx";
import type { FleetItem } from "../fleet/item.ts";
import { useClient } from "../stores/client.tsx";
import { useReadable } from "../stores/use-readable.ts";
import { calm } from "../text/visible.ts";
import { countsOf, type How, stopMost, stoppable, whoAre } from "./stop.ts";
import { commandLamp, commandWord } from "./words.ts";

/** Who has not begun by then is not stopped later, when nobody expects it. */
const ttlMs = 60_000;
/** Rows of those that did not do it. */
const othersMost = 8;

interface StopPanelProps {
  /** What the filter shows. */
  items: readonly FleetItem[];
  onClose: () => void;
}

export function StopPanel({ items, onClose }: StopPanelProps) {
  const client = useClient();
  const [how, setHow] = useState<How>("pause");
  const [handle, setHandle] = useState<CommandHandle>();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const targets = stoppable(items, how);
  const left = items.length - targets.length;
  return (
    <section
      aria-labelledby="stop-title"
      data-testid="stop"
      onKeyDown={({ key }) => key === "Escape" && !handle && onClose()}
      className="mx-4 mb-3 flex flex-col gap-3 rounded-lg border border-rule-strong bg-raised p-4 md:mx-6"
    >
      <h2 id="stop-title" ref={heading} tabIndex={-1} className="font-semibold outline-none">
        Stop what is shown
      </h2>
      {handle ? (
        <Progress handle={handle} onClose={onClose} />
      ) : (
        <>
          <fieldset className="flex flex-wrap gap-x-6 gap-y-2" aria-label="How">
            <Choice how="pause" chosen={how} onChoose={setHow} says="Pause: they can be resumed" />
            <Choice how="cancel" chosen={how} onChoose={setHow} says="Cancel: they end" />
          </fieldset>
          <p className="text-[13px] text-ink-2">
            {targets.length === 0 ? "Nothing that is shown can be told." : `This tells ${whoAre(targets)}.`}{" "}
            {left > 0 &&
              `${count(left)} of the ${count(items.length)} shown cannot be told: sessions, and what has ended${how === "pause" ? " or is paused" : ""}.`}{" "}
            {targets.length > stopMost && `One command reaches ${count(stopMost)} at most: show fewer.`}
          </p>
          <div className="flex flex-wrap gap-2">
            <Button
              look={how === "cancel" ? "stop" : "strong"}
              disabled={targets.length === 0 || targets.length > stopMost}
              onClick={() => setHandle(client.command(targets, how, undefined, { ttlMs }))}
            >
              {how === "cancel" ? "Cancel" : "Pause"} {whoAre(targets)}
            </Button>
            <Button onClick={onClose}>Back</Button>
          </div>
        </>
      )}
    </section>
  );
}

interface ChoiceProps {
  how: How;
  chosen: How;
  onChoose: (how: How) => void;
  says: string;
}

function Choice({ how, chosen, onChoose, says }: ChoiceProps) {
  return (
    <label className="flex items-center gap-2 text-[13px]">
      <input
        type="radio"
        name="how"
        checked={how === chosen}
        onChange={() => onChoose(how)}
        className="h-4 w-4 accent-(--run)"
      />
      {says}
    </label>
  );
}

function Progress({ handle, onClose }: { handle: CommandHandle; onClose: () => void }) {
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
        <ul className="flex flex-col gap-1 text-[13px] text-ink-2" aria-label="Those that have not done it">
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
