import { type ReactNode, useId } from "react";

interface ChoicesProps<Name extends string> {
  label: string;
  choices: ReadonlyArray<readonly [name: Name, label: string, mark?: ReactNode]>;
  chosen: Name;
  onChoose: (name: Name) => void;
}

/** One of a few. */
export function Choices<Name extends string>({ label, choices, chosen, onChoose }: ChoicesProps<Name>) {
  const group = useId();
  return (
    <fieldset className="flex flex-wrap items-center gap-x-6 gap-y-1">
      <legend className="pb-1 text-[13px] font-medium">{label}</legend>
      {choices.map(([name, text, mark]) => (
        <label key={name} className="flex h-9 cursor-pointer items-center gap-2">
          <input
            type="radio"
            name={group}
            checked={name === chosen}
            onChange={() => onChoose(name)}
            className="accent-(--run)"
          />
          {mark}
          {text}
        </label>
      ))}
    </fieldset>
  );
}

interface SwitchProps {
  label: string;
  on: boolean;
  onChange: (on: boolean) => void;
}

export function Switch({ label, on, onChange }: SwitchProps) {
  return (
    <label className="flex h-9 cursor-pointer items-center gap-2">
      <input
        type="checkbox"
        checked={on}
        onChange={({ target }) => onChange(target.checked)}
        className="accent-(--run)"
      />
      {label}
    </label>
  );
}
