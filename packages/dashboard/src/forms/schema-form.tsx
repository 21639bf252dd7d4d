/** Arguments or an answer: a form of fields where the schema is simple, else JSON. */
import { type ReactNode, useId, useState } from "react";
import { Button } from "../components/button.tsx";
import { calm } from "../text/visible.ts";
import { type Fault, formatHint } from "./check.ts";
import { type Entries, type Entry, firstEntries, type Read, readEntries, readJson } from "./entries.ts";
import { type Field, fieldsOf } from "./schema.ts";

export const inputClass =
  "w-full rounded-md border border-rule-strong bg-raised px-2.5 py-1.5 text-[13px] text-ink placeholder:text-ink-3 aria-invalid:border-stop";

export interface FormState {
  fields: readonly Field[] | undefined;
  entries: Entries;
  json: string;
  /** Something was entered. */
  touched: boolean;
  /** What was wrong when it was last read. */
  faults: readonly Fault[];
}

export interface SchemaFormHandle {
  state: FormState;
  set(state: FormState): void;
  /** What it says now; what is wrong is then said beside each field. */
  read(): Read;
  /** The same, saying nothing. */
  peek(): Read;
  /** What it said at first: the proposal. */
  proposed: unknown;
}

/** `before`: an object whose members of the same names stand in the fields at first. */
export function useSchemaForm(schema: unknown, before?: unknown): SchemaFormHandle {
  const [{ first, proposed }] = useState(() => beginning(schema, before));
  const [state, set] = useState(first);
  const peek = (): Read =>
    state.fields ? readEntries(state.fields, schema, state.entries) : readJson(schema, state.json);
  return {
    state,
    set,
    proposed,
    peek,
    read: () => {
      const read = peek();
      set({ ...state, faults: read.ok ? [] : read.faults });
      return read;
    },
  };
}

function beginning(schema: unknown, before: unknown): { first: FormState; proposed: unknown } {
  const fields = fieldsOf(schema);
  const entries = firstEntries(fields ?? [], schema, before);
  const first = { fields, entries, json: "", touched: false, faults: [] };
  const said = fields && readEntries(fields, schema, entries);
  return { first, proposed: said?.ok ? said.value : before };
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
            rows={6}
            spellCheck={false}
            className={`${inputClass} font-mono`}
          />
        )}
      </Labelled>
    );
  }
  const enter = (path: string, value: Entry) =>
    set({
      ...state,
      entries: { ...state.entries, [path]: value },
      touched: true,
      // What is being mended is not found fault with meanwhile.
      faults: state.faults.filter((fault) => fault.path !== path && !fault.path.startsWith(`${path}/`)),
    });
  return (
    <fieldset className="flex min-w-0 flex-col gap-2.5" aria-label={label}>
      <Fields fields={state.fields} state={state} onEnter={enter} />
    </fieldset>
  );
}

interface FieldsProps {
  fields: readonly Field[];
  state: FormState;
  onEnter: (path: string, value: Entry) => void;
}

function Fields({ fields, state, onEnter }: FieldsProps) {
  return fields.map((field) =>
    field.kind === "group" ? (
      <fieldset key={field.path} className="flex min-w-0 flex-col gap-2.5 border-l-2 border-rule pl-3">
        <legend className="mb-1.5 text-[13px] font-semibold">
          {named(field)}
          {field.description && <span className="font-normal text-ink-2"> – {calm(field.description)}</span>}
        </legend>
        <Fields fields={field.fields} state={state} onEnter={onEnter} />
      </fieldset>
    ) : field.kind === "list" ? (
      <ListField key={field.path} field={field} state={state} onEnter={onEnter} />
    ) : (
      <OneField key={field.path} field={field} state={state} onEnter={onEnter} />
    ),
  );
}

interface OneFieldProps extends Omit<FieldsProps, "fields"> {
  field: Field;
}

const named = ({ label, required }: Field): string => (required ? calm(label) : `${calm(label)} (optional)`);

function OneField({ field, state, onEnter }: OneFieldProps) {
  const { path, kind } = field;
  const entry = state.entries[path] ?? "";
  const description = field.description && calm(field.description);
  if (kind === "flag") {
    return (
      <label className="flex items-center gap-2 text-[13px]">
        <input
          type="checkbox"
          checked={entry === true}
          onChange={({ target }) => onEnter(path, target.checked)}
          className="h-4 w-4 accent-(--run)"
        />
        {calm(field.label)}
        {description && <span className="text-ink-2">{description}</span>}
      </label>
    );
  }
  const shown = kind === "lines" || kind === "number" || kind === "integer" || kind === "choice" ? kind : "text";
  return (
    <Labelled label={named(field)} description={description} fault={faultAt(state, path)}>
      {(id, more) => (
        <Input
          kind={String(entry).includes("\n") && shown === "text" ? "lines" : shown}
          field={field}
          value={String(entry)}
          onChange={(value) => onEnter(path, value)}
          more={{ id, ...more }}
        />
      )}
    </Labelled>
  );
}

/** Each item in a field of its own. */
function ListField({ field, state, onEnter }: OneFieldProps) {
  const { path, item = "text" } = field;
  const entry = state.entries[path];
  const items = typeof entry === "object" ? entry : [];
  const label = calm(field.label);
  const fault = faultAt(state, path);
  return (
    <fieldset className="flex min-w-0 flex-col gap-1.5">
      <legend className="mb-1 text-[13px] font-medium text-ink-2">
        {named(field)}
        {field.description && <span className="font-normal text-ink-3"> – {calm(field.description)}</span>}
      </legend>
      {items.map((value, at) => {
        const wrong = faultAt(state, `${path}/${at}`);
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: its place is all that tells an item from others
          <div key={at} className="flex flex-col gap-1">
            <div className="flex gap-2">
              <Input
                kind={item}
                field={field}
                value={value}
                onChange={(next) => onEnter(path, items.with(at, next))}
                more={{ "aria-label": `${label}, item ${at + 1}`, "aria-invalid": wrong !== undefined }}
              />
              <Button
                look="quiet"
                aria-label={`Remove item ${at + 1} of ${label}`}
                onClick={() => onEnter(path, items.toSpliced(at, 1))}
              >
                Remove
              </Button>
            </div>
            {wrong && <Wrong>{wrong}</Wrong>}
          </div>
        );
      })}
      {fault && <Wrong>{fault}</Wrong>}
      <Button className="self-start" onClick={() => onEnter(path, [...items, ""])}>
        Add to {label}
      </Button>
    </fieldset>
  );
}

const faultAt = ({ faults }: FormState, path: string): string | undefined =>
  faults.find((fault) => fault.path === path)?.rule;

interface InputProps {
  kind: "text" | "lines" | "number" | "integer" | "choice";
  field: Field;
  value: string;
  onChange: (value: string) => void;
  more: { id?: string; "aria-label"?: string; "aria-invalid"?: boolean; "aria-describedby"?: string | undefined };
}

function Input({ kind, field, value, onChange, more }: InputProps) {
  if (kind === "choice") {
    return (
      <select value={value} onChange={({ target }) => onChange(target.value)} className={inputClass} {...more}>
        <option value="">–</option>
        {field.choices.map((choice) => (
          <option key={JSON.stringify(choice)} value={JSON.stringify(choice)}>
            {calm(String(choice))}
          </option>
        ))}
      </select>
    );
  }
  if (kind === "lines") {
    return (
      <textarea
        value={value}
        onChange={({ target }) => onChange(target.value)}
        rows={Math.min(12, value.split("\n").length + 2)}
        spellCheck={false}
        className={`${inputClass} font-mono`}
        {...more}
      />
    );
  }
  return (
    <input
      type="text"
      inputMode={kind === "text" ? "text" : "decimal"}
      value={value}
      onChange={({ target }) => onChange(target.value)}
      placeholder={formatHint(field.format)}
      autoComplete="off"
      className={inputClass}
      {...more}
    />
  );
}

interface LabelledProps {
  label: string;
  description?: string | undefined;
  /** What is wrong with what stands there. */
  fault?: string | undefined;
  children: (id: string, more: Pick<InputProps["more"], "aria-invalid" | "aria-describedby">) => ReactNode;
}

export function Labelled({ label, description, fault, children }: LabelledProps) {
  const id = useId();
  const isWrong = fault !== undefined;
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <label htmlFor={id} className="text-[13px] font-medium break-words text-ink-2">
        {label}
        {description && <span className="font-normal text-ink-3"> – {description}</span>}
      </label>
      {children(id, isWrong ? { "aria-invalid": true, "aria-describedby": `${id}-fault` } : {})}
      {isWrong && <Wrong id={`${id}-fault`}>{fault}</Wrong>}
    </div>
  );
}

const Wrong = ({ id, children }: { id?: string; children: string }) => (
  <span id={id} className="text-xs text-stop">
    {calm(children)}
  </span>
);
