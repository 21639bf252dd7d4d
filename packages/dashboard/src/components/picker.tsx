/** One of several, by name. */
import { calm } from "../text/visible.ts";

interface PickerProps {
  label: string;
  choices: ReadonlyArray<{ value: string; title: string }>;
  chosen: string;
  onChoose: (value: string) => void;
}

export function Picker({ label, choices, chosen, onChoose }: PickerProps) {
  return (
    <label className="flex min-w-0 items-center gap-2 text-[13px] text-ink-2">
      {label}
      <select
        value={chosen}
        onChange={({ target }) => onChoose(target.value)}
        className="h-8 max-w-72 min-w-0 truncate rounded-md border border-rule bg-panel px-2 font-mono text-[13px] text-ink"
      >
        {choices.map(({ value, title }) => (
          <option key={value} value={value}>
            {calm(title)}
          </option>
        ))}
      </select>
    </label>
  );
}
