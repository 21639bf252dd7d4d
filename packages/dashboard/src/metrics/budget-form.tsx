/** Sets a budget: fields, then what it will do, then it is done. */
import { type FormEvent, type ReactNode, useId, useState } from "react";
import { Button } from "../components/button.tsx";
import { Dialog } from "../components/dialog.tsx";
import { inputClass } from "../forms/schema-form.tsx";
import { useClient } from "../stores/client.tsx";
import { toast } from "../stores/toasts.ts";
import { calm } from "../text/visible.ts";
import { type BudgetEntries, type BudgetSetting, effectOf, measures, readEntries } from "./budget.ts";

interface BudgetFormProps {
  before: BudgetEntries;
  /** Its scope stays. */
  isChange: boolean;
  onClose: () => void;
  onDone: () => void;
}

export function BudgetForm({ before, isChange, onClose, onDone }: BudgetFormProps) {
  const client = useClient();
  const [entries, setEntries] = useState(before);
  const [setting, setSetting] = useState<BudgetSetting>();
  const [wrong, setWrong] = useState("");
  const enter = (change: Partial<BudgetEntries>) => {
    setEntries({ ...entries, ...change });
    setWrong("");
  };
  const look = (event: FormEvent) => {
    event.preventDefault();
    const read = readEntries(entries);
    if ("wrong" in read) setWrong(read.wrong);
    else setSetting(read.setting);
  };
  const set = async () => {
    if (!setting) return;
    try {
      await client.publish({ type: "budget_set", channel: setting.scope, data: setting });
      toast(`The budget of ${setting.scope} is set`);
      onDone();
    } catch (error) {
      setSetting(undefined);
      setWrong(sayRefusal(error));
    }
  };
  return (
    <Dialog title={isChange ? `Change the budget of ${calm(before.scope)}` : "Set a budget"} onClose={onClose}>
      {setting ? (
        <>
          <p className="break-words">{calm(effectOf(setting))}</p>
          <div className="flex flex-wrap gap-2">
            <Button look="strong" onClick={() => void set()}>
              Set it
            </Button>
            <Button onClick={() => setSetting(undefined)}>Back</Button>
          </div>
        </>
      ) : (
        <form onSubmit={look} className="flex flex-col gap-3">
          <Labelled label="Scope: agent:ID, session:ID, or global for the fleet">
            {(id) => (
              <input
                id={id}
                value={entries.scope}
                disabled={isChange}
                onChange={({ target }) => enter({ scope: target.value })}
                className={inputClass}
              />
            )}
          </Labelled>
          <div className="grid gap-3 sm:grid-cols-3">
            {measures.map(({ name, label, unit }) => (
              <Labelled key={name} label={`${label}, ${unit}`}>
                {(id) => (
                  <input
                    id={id}
                    inputMode="decimal"
                    placeholder="no limit"
                    value={entries[name]}
                    onChange={({ target }) => enter({ [name]: target.value })}
                    className={inputClass}
                  />
                )}
              </Labelled>
            ))}
            {(["warn", "pause", "cancel"] as const).map((name) => (
              <Labelled key={name} label={`${name === "warn" ? "Warn" : name === "pause" ? "Pause" : "Cancel"} at, %`}>
                {(id) => (
                  <input
                    id={id}
                    inputMode="decimal"
                    placeholder="never"
                    value={entries[name]}
                    onChange={({ target }) => enter({ [name]: target.value })}
                    className={inputClass}
                  />
                )}
              </Labelled>
            ))}
          </div>
          {isChange && (
            <label className="flex items-center gap-2 text-[13px]">
              <input
                type="checkbox"
                checked={entries.reset}
                onChange={({ target }) => enter({ reset: target.checked })}
                className="h-4 w-4 accent-(--run)"
              />
              Begin to count anew
            </label>
          )}
          {wrong !== "" && (
            <p role="alert" className="text-[13px] break-words text-stop">
              {calm(wrong)}
            </p>
          )}
          <div className="flex flex-wrap gap-2">
            <Button look="strong" type="submit">
              See what it does
            </Button>
            <Button onClick={onClose}>Cancel</Button>
          </div>
        </form>
      )}
    </Dialog>
  );
}

/** Cause, and what to do. */
export function sayRefusal(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "forbidden") return "This token may not set this budget (it lacks the verb admin on its scope).";
  return `It was not done: ${error.message}`;
}

function Labelled({ label, children }: { label: string; children: (id: string) => ReactNode }) {
  const id = useId();
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="text-xs text-ink-2">
        {label}
      </label>
      {children(id)}
    </div>
  );
}
