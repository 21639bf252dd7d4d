/** Making a key: a name, what it may do in words, an end; then its token, once. */
import { GatewayError } from "@signalbox/client";
import { type FormEvent, useState } from "react";
import { Button } from "../components/button.tsx";
import { CopyLine } from "../components/copy-line.tsx";
import { Dialog } from "../components/dialog.tsx";
import { inputClass, Labelled } from "../forms/schema-form.tsx";
import { useClient } from "../stores/client.tsx";
import { calm } from "../text/visible.ts";
import { ends, type KeyDraft, type KeyInfo, newKeyOf, presets, verbs } from "./rights.ts";

export function NewKeyDialog({ onClose, onMade }: { onClose: () => void; onMade: () => void }) {
  const [made, setMade] = useState<{ token: string; key: KeyInfo }>();
  if (made !== undefined) return <Made token={made.token} made={made.key} onClose={onClose} />;
  return (
    <Dialog title="Make a key" onClose={onClose}>
      <KeyForm
        onClose={onClose}
        onMade={(one) => {
          setMade(one);
          onMade();
        }}
      />
    </Dialog>
  );
}

const first: KeyDraft = {
  name: "",
  preset: "viewer",
  agentId: "",
  channels: "",
  verbs: ["subscribe", "history"],
  end: 2,
};

function KeyForm(props: { onClose: () => void; onMade: (made: { token: string; key: KeyInfo }) => void }) {
  const client = useClient();
  const [draft, setDraft] = useState(first);
  const [fault, setFault] = useState<string>();
  const preset = presets.find(({ name }) => name === draft.preset);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const wanted = newKeyOf(draft, Date.now());
    if (typeof wanted === "string") return setFault(wanted);
    try {
      props.onMade(await client.request("/v1/keys", { method: "POST", body: wanted }));
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      setFault(`${error.message}. ${error.help}`);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-3 text-[13px]">
      <Labelled label="Name" description="what people call it">
        {(id) => (
          <input
            id={id}
            value={draft.name}
            maxLength={100}
            autoComplete="off"
            onChange={({ target }) => setDraft({ ...draft, name: target.value })}
            className={inputClass}
          />
        )}
      </Labelled>
      <fieldset className="flex flex-col gap-1">
        <legend className="mb-1 font-medium text-ink-2">What it may do</legend>
        {presets.map(({ name, label, says }) => (
          <label key={name} className="flex cursor-pointer items-baseline gap-2">
            <input
              type="radio"
              name="preset"
              checked={draft.preset === name}
              onChange={() => setDraft({ ...draft, preset: name })}
              className="accent-(--run)"
            />
            <span>
              {label} <span className="text-ink-2">– {says}</span>
            </span>
          </label>
        ))}
      </fieldset>
      {preset?.ofAgent && (
        <Labelled label="The agent's id">
          {(id) => (
            <input
              id={id}
              value={draft.agentId}
              placeholder="coder-001"
              autoComplete="off"
              onChange={({ target }) => setDraft({ ...draft, agentId: target.value })}
              className={`${inputClass} font-mono`}
            />
          )}
        </Labelled>
      )}
      {preset?.name === "own" && (
        <>
          <Labelled label="Channels" description="names or patterns, separated by spaces">
            {(id) => (
              <input
                id={id}
                value={draft.channels}
                placeholder="agent:* session:s1"
                autoComplete="off"
                onChange={({ target }) => setDraft({ ...draft, channels: target.value })}
                className={`${inputClass} font-mono`}
              />
            )}
          </Labelled>
          <fieldset className="flex flex-wrap gap-x-4 gap-y-1">
            <legend className="mb-1 font-medium text-ink-2">Verbs</legend>
            {verbs.map((verb) => (
              <label key={verb} className="flex cursor-pointer items-center gap-1.5">
                <input
                  type="checkbox"
                  checked={draft.verbs.includes(verb)}
                  onChange={({ target }) =>
                    setDraft({
                      ...draft,
                      verbs: target.checked ? [...draft.verbs, verb] : draft.verbs.filter((one) => one !== verb),
                    })
                  }
                  className="accent-(--run)"
                />
                {verb}
              </label>
            ))}
          </fieldset>
        </>
      )}
      <Labelled label="It ends">
        {(id) => (
          <select
            id={id}
            value={draft.end}
            onChange={({ target }) => setDraft({ ...draft, end: Number(target.value) })}
            className={inputClass}
          >
            {ends.map(([label], index) => (
              <option key={label} value={index}>
                {label}
              </option>
            ))}
          </select>
        )}
      </Labelled>
      {fault !== undefined && (
        <p role="alert" className="text-stop">
          {calm(fault)}
        </p>
      )}
      <div className="flex gap-2">
        <Button type="submit" look="strong">
          Make the key
        </Button>
        <Button onClick={props.onClose}>Back</Button>
      </div>
    </form>
  );
}

function Made({ token, made, onClose }: { token: string; made: KeyInfo; onClose: () => void }) {
  return (
    <Dialog title={`The key ${calm(made.name)} is made`} onClose={onClose}>
      <div className="flex flex-col gap-3 text-[13px]">
        <p>This is its token. It is shown this once: the gateway keeps no more than a hash of it.</p>
        <div data-testid="made-token">
          <CopyLine text={token} says="the token" />
        </div>
        <p className="text-ink-2">
          Programs take it as <code className="font-mono">SIGNALBOX_TOKEN</code>, or in the header{" "}
          <code className="font-mono">Authorization: Bearer</code>.
        </p>
        <div>
          <Button look="strong" onClick={onClose}>
            I have it
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
