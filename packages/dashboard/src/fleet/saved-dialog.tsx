/** Gives a filter a name, or changes and deletes those that have one. */
import { type FormEvent, useState } from "react";
import { Button } from "../components/button.tsx";
import { Dialog } from "../components/dialog.tsx";
import { inputClass } from "../forms/schema-form.tsx";
import { useReadable } from "../stores/use-readable.ts";
import { calm } from "../text/visible.ts";
import type { FleetSearch } from "./filter.ts";
import { keep, nameMost, renamed, type SavedFilter, saved, savedMost, withFilter, without } from "./saved.ts";

interface SavedDialogProps {
  /** Absent: those that are saved are edited. */
  saving: FleetSearch | undefined;
  onClose: () => void;
}

export function SavedDialog({ saving, onClose }: SavedDialogProps) {
  const list = useReadable(saved);
  const [fault, setFault] = useState<string>();
  /** True: it is done, though perhaps for this page only. */
  const store = (next: readonly SavedFilter[] | string): boolean => {
    if (typeof next === "string") setFault(next);
    else setFault(keep(next) ? undefined : "This browser keeps nothing: it is saved until the page is closed.");
    return typeof next !== "string";
  };
  return (
    <Dialog title={saving ? "Save this filter" : "Saved filters"} onClose={onClose}>
      {saving ? (
        <NameForm
          label="Name"
          before=""
          does="Save"
          onName={(name) => store(withFilter(list, name, saving)) && onClose()}
        />
      ) : (
        <ul className="flex flex-col gap-2">
          {list.map(({ name }) => (
            <li key={name} className="flex gap-2">
              <NameForm
                label={`Name of ${calm(name)}`}
                before={name}
                does="Rename"
                onName={(next) => store(renamed(list, name, next))}
              />
              <Button aria-label={`Delete ${calm(name)}`} onClick={() => store(without(list, name))}>
                Delete
              </Button>
            </li>
          ))}
        </ul>
      )}
      {fault && (
        <p role="alert" className="text-[13px] text-stop">
          {calm(fault)}
        </p>
      )}
      <p className="text-xs text-ink-3">
        {list.length} of {savedMost} are used. They are kept by this browser; send the link to share one.
      </p>
      {!saving && (
        <div>
          <Button onClick={onClose}>Close</Button>
        </div>
      )}
    </Dialog>
  );
}

interface NameFormProps {
  label: string;
  before: string;
  does: string;
  onName: (name: string) => void;
}

function NameForm({ label, before, does, onName }: NameFormProps) {
  const [name, setName] = useState(before);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onName(name);
  };
  return (
    <form onSubmit={submit} className="flex min-w-0 flex-1 gap-2">
      <input
        aria-label={label}
        value={name}
        maxLength={nameMost}
        onChange={({ target }) => setName(target.value)}
        className={inputClass}
      />
      <Button type="submit" look={before === "" ? "strong" : "plain"} disabled={name.trim() === "" || name === before}>
        {does}
      </Button>
    </form>
  );
}
