/** Which messages: fields that are the address. */
import { type FormEvent, useEffect, useState } from "react";
import { inputClass, Labelled } from "../forms/schema-form.tsx";
import type { InspectorSearch } from "./search.ts";

interface InspectorFiltersProps {
  search: InspectorSearch;
  onSearch: (search: InspectorSearch) => void;
}

type Name = "channel" | "since" | "types" | "q" | "by" | "tag" | "min";

const fields: ReadonlyArray<{ name: Name; label: string; placeholder: string; ofEvents?: true }> = [
  { name: "channel", label: "Channel", placeholder: "* or agent:*", ofEvents: true },
  { name: "since", label: "From", placeholder: "now, earliest, last:100", ofEvents: true },
  { name: "types", label: "Types", placeholder: "agent_log,agent_error" },
  { name: "q", label: "Words", placeholder: "in the message" },
  { name: "by", label: "By", placeholder: "user:ada" },
  { name: "tag", label: "Tag", placeholder: "level=error" },
  { name: "min", label: "Bytes at least", placeholder: "1000" },
];

export function InspectorFilters({ search, onSearch }: InspectorFiltersProps) {
  const [draft, setDraft] = useState(search);
  useEffect(() => setDraft(search), [search]);
  const enter = (name: Name, value: string) => {
    const { [name]: _before, ...rest } = draft;
    if (value === "") setDraft(rest);
    else if (name === "min") setDraft({ ...rest, min: Number(value.replace(/\D/g, "")) || 0 });
    else setDraft({ ...rest, [name]: value });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSearch(draft);
  };
  return (
    <form
      onSubmit={submit}
      aria-label="Only these messages"
      className="grid grid-cols-2 gap-3 px-4 py-3 md:grid-cols-7 md:px-6"
    >
      {fields
        .filter(({ ofEvents }) => ofEvents !== true || search.tab !== "own")
        .map(({ name, label, placeholder }) => (
          <Labelled key={name} label={label}>
            {(id) => (
              <input
                id={id}
                value={draft[name] ?? ""}
                placeholder={placeholder}
                autoComplete="off"
                spellCheck={false}
                onChange={({ target }) => enter(name, target.value)}
                onBlur={() => onSearch(draft)}
                className={inputClass}
              />
            )}
          </Labelled>
        ))}
      <button type="submit" className="sr-only">
        Show these
      </button>
    </form>
  );
}
