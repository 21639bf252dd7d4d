/** Arguments or an answer: a form of fields where the schema is simple, else JSON. */
import { type ReactNode, useId, useState } from "react";
import { calm } from "../text/visible.ts";
import { type Entries, type Field, fieldsOf, firstEntries, type Read, readEntries, readJson } from "./schema.ts";

export const inputClass =
  "w-full rounded-md border border-rule-strong bg-raised px-2.5 py-1.5 text-[13px] text-ink placeholder:text-ink-3";

export interface FormState {
  fields: readonly Field[] | undefined;
  entries: Entries;
  json: string;
  /** Something was entered. */
  touched: boolean;
}

export interface SchemaFormHandle {
  state: FormState;
  set(state: FormState): void;
  /** What it says now. */
  read(): Read;
}

/** `before`: an object whose members of the same names stand in the fields at first. */
export function useSchemaForm(schema: unknown, before?: unknown): SchemaFormHandle {
  const [state, set] = useState<FormState>(() => {
    const fields = fieldsOf(schema);
    return { fields, entries: firstEntries(fields ?? [], schema, before), json: "", touched: false };
  });
  return {
    state,
    set,
    read: () => (state.fields ? readEntries(state.fields, state.entries) : readJson(state.json)),
  };
}

export function SchemaForm({ form, label }: { form: SchemaFormHandle; label: string }) {
  const { state, set } = form;
  if (state.fields === undefined) {
    return (
      <Labelled label={`${label}, as JSON`}>
        {(id) => (
          <textarea
            id={id}
            value={state.json}
            onChange={({ target }) => set({ ...state, json: target.value, touched: true })}
            rows={4}
            spellCheck={false}
            className={`${inputClass} font-mono`}
          />
        )}
      </Labelled>
    );
  }
  const enter = (name: string, value: string | boolean) =>
    set({ ...state, entries: { ...state.entries, [name]: value }, touched: true });
  return (
    <fieldset className="flex flex-col gap-2.5" aria-label={label}>
      {state.fields.map((field) => (
        <OneField key={field.name} field={field} entry={state.entries[field.name] ?? ""} onEnter={enter} />
      ))}
    </fieldset>
  );
}

interface OneFieldProps {
  field: Field;
  entry: string | boolean;
  onEnter: (name: string, value: string | boolean) => void;
}

function OneField({ field, entry, onEnter }: OneFieldProps) {
  const { name, kind, required, choices } = field;
  const label = calm(field.label);
  const description = field.description && calm(field.description);
  if (kind === "flag") {
    return (
      <label className="flex items-center gap-2 text-[13px]">
        <input
          type="checkbox"
          checked={entry === true}
          onChange={({ target }) => onEnter(name, target.checked)}
          className="h-4 w-4 accent-(--run)"
        />
        {label}
        {description && <span className="text-ink-2">{description}</span>}
      </label>
    );
  }
  return (
    <Labelled label={required ? label : `${label} (optional)`} description={description}>
      {(id) =>
        kind === "choice" ? (
          <select
            id={id}
            value={String(entry)}
            onChange={({ target }) => onEnter(name, target.value)}
            className={inputClass}
          >
            <option value="">–</option>
            {choices.map((choice) => (
              <option key={JSON.stringify(choice)} value={JSON.stringify(choice)}>
                {calm(String(choice))}
              </option>
            ))}
          </select>
        ) : (
          <input
            id={id}
            type="text"
            inputMode={kind === "text" ? "text" : "decimal"}
            value={String(entry)}
            onChange={({ target }) => onEnter(name, target.value)}
            autoComplete="off"
            className={inputClass}
          />
        )
      }
    </Labelled>
  );
}

interface LabelledProps {
  label: string;
  description?: string | undefined;
  children: (id: string) => ReactNode;
}

export function Labelled({ label, description, children }: LabelledProps) {
  const id = useId();
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="text-[13px] font-medium text-ink-2">
        {label}
        {description && <span className="font-normal text-ink-3"> – {description}</span>}
      </label>
      {children(id)}
    </div>
  );
}
