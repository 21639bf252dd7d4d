/** Which entries: fields that are the address. */
import { type FormEvent, useEffect, useState } from "react";
import { Button } from "../components/button.tsx";
import { inputClass, Labelled } from "../forms/schema-form.tsx";
import { acts } from "./entry.ts";
import type { AuditSearch } from "./search.ts";

interface AuditFiltersProps {
  search: AuditSearch;
  onSearch: (search: AuditSearch) => void;
}

/** `2026-11-28T14:03`, as the field has it, in the viewer's zone. */
const localTime = (ms: number | undefined): string =>
  ms === undefined ? "" : new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);

const timeIn = (text: string): number | undefined => (text === "" ? undefined : new Date(text).getTime());

export function AuditFilters({ search, onSearch }: AuditFiltersProps) {
  const [draft, setDraft] = useState(search);
  useEffect(() => setDraft(search), [search]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSearch(draft);
  };
  const text = (name: "who" | "target", label: string, placeholder: string) => (
    <Labelled label={label}>
      {(id) => (
        <input
          id={id}
          value={draft[name] ?? ""}
          placeholder={placeholder}
          autoComplete="off"
          onChange={({ target }) => setDraft({ ...draft, [name]: target.value })}
          onBlur={() => onSearch(draft)}
          className={inputClass}
        />
      )}
    </Labelled>
  );
  const choose = (name: "what" | "result", label: string, choices: ReadonlyArray<readonly [string, string]>) => (
    <Labelled label={label}>
      {(id) => (
        <select
          id={id}
          value={draft[name] ?? ""}
          onChange={({ target }) => onSearch({ ...draft, [name]: target.value })}
          className={`${inputClass} h-[34px]`}
        >
          <option value="">any</option>
          {choices.map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </select>
      )}
    </Labelled>
  );
  const time = (name: "from" | "until", label: string) => (
    <Labelled label={label}>
      {(id) => (
        <input
          id={id}
          type="datetime-local"
          value={localTime(draft[name])}
          onChange={({ target }) => onSearch({ ...draft, [name]: timeIn(target.value) })}
          className={`${inputClass} h-[34px]`}
        />
      )}
    </Labelled>
  );
  const isSet = Object.values(search).some((value) => value !== undefined && value !== "");
  return (
    <form
      onSubmit={submit}
      aria-label="Only these entries"
      className="grid grid-cols-2 items-end gap-3 px-4 pb-3 md:grid-cols-[repeat(6,minmax(0,1fr))_auto] md:px-6"
    >
      {text("who", "Who", "user:ada, agent:*")}
      {choose("what", "Did what", acts)}
      {text("target", "To whom", "agent:coder-001, key:*")}
      {choose("result", "Result", [
        ["ok", "done"],
        ["refused", "refused"],
      ])}
      {time("from", "From")}
      {time("until", "Until")}
      <Button className="h-[34px]" disabled={!isSet} onClick={() => onSearch({})}>
        Show all
      </Button>
      <button type="submit" className="sr-only">
        Show these
      </button>
    </form>
  );
}
