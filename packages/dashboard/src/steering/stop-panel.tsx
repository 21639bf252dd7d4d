/** Stop…: tells all that are shown to pause or to cancel, and shows who did. */
import type { CommandHandle } from "@signalbox/client";
import { useEffect, useRef, useState } from "react";
import { Button } from "../components/button.tsx";
import { count } from "../components/figures.ts";
import type { FleetItem } from "../fleet/item.ts";
import { useClient } from "../stores/client.tsx";
import { CommandProgress } from "./command-progress.tsx";
import { type How, stopMost, stoppable, whoAre } from "./stop.ts";

/** Who has not begun by then is not stopped later, when nobody expects it. */
const ttlMs = 60_000;
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
        <CommandProgress handle={handle} onClose={onClose} />
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
