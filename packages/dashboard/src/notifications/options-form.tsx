/** What is told, and after how long. */
import { useId } from "react";
import { inputClass } from "../forms/schema-form.tsx";

export interface Options {
  notify: string[];
  delayMs: number;
}

export const usualOptions: Options = { notify: ["needs_you"], delayMs: 30_000 };

const delays: ReadonlyArray<[number, string]> = [
  [0, "at once"],
  [10_000, "after 10 s"],
  [30_000, "after 30 s"],
  [60_000, "after 1 minute"],
  [300_000, "after 5 minutes"],
  [600_000, "after 10 minutes"],
];

const matters = [
  ["needs_you", "A decision waits for me"],
  ["trouble", "An agent is lost, stuck or failed"],
] as const;

interface OptionsFormProps {
  options: Options;
  onChange: (options: Options) => void;
}

export function OptionsForm({ options, onChange }: OptionsFormProps) {
  const { notify, delayMs } = options;
  const id = useId();
  const known = delays.some(([ms]) => ms === delayMs);
  const all = known ? delays : ([...delays, [delayMs, `after ${delayMs / 1_000} s`]] as const);
  return (
    <fieldset className="flex flex-wrap items-center gap-x-6 gap-y-2 text-[13px]">
      <legend className="sr-only">What is told, and when</legend>
      {matters.map(([name, label]) => {
        const isOn = notify.includes(name);
        return (
          <label key={name} className="flex min-h-6 items-center gap-2">
            <input
              type="checkbox"
              checked={isOn}
              // The last one stays: to be told nothing, it is turned off or removed.
              disabled={isOn && notify.length === 1}
              onChange={() =>
                onChange({ delayMs, notify: isOn ? notify.filter((one) => one !== name) : [...notify, name] })
              }
              className="h-4 w-4 accent-(--run)"
            />
            {label}
          </label>
        );
      })}
      <span className="flex items-center gap-2">
        <label htmlFor={id} className="whitespace-nowrap">
          If it still waits
        </label>
        <select
          id={id}
          value={delayMs}
          onChange={({ target }) => onChange({ notify, delayMs: Number(target.value) })}
          className={`${inputClass} w-auto`}
        >
          {all.map(([ms, label]) => (
            <option key={ms} value={ms}>
              {label}
            </option>
          ))}
        </select>
      </span>
    </fieldset>
  );
}
