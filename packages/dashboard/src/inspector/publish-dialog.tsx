/** Publishing an event by hand: for real, to everybody who watches the channel. */
import { GatewayError } from "@signalbox/client";
import { type FormEvent, useEffect, useId, useState } from "react";
import { Button } from "../components/button.tsx";
import { Dialog } from "../components/dialog.tsx";
import { readJson } from "../forms/entries.ts";
import { inputClass, Labelled } from "../forms/schema-form.tsx";
import { useClient } from "../stores/client.tsx";
import { calm } from "../text/visible.ts";
import { type EventType, readTypes } from "./catalogue.ts";

interface PublishDialogProps {
  /** Stands in the field at first. */
  channel: string;
  onClose: () => void;
  /** Shows the channel. */
  onShow: (channel: string) => void;
}

type Outcome = { ok: true; channel: string; position: string } | { ok: false; words: string };

export function PublishDialog({ channel: first, onClose, onShow }: PublishDialogProps) {
  const client = useClient();
  const [types, setTypes] = useState<readonly EventType[]>([]);
  const [channel, setChannel] = useState(first);
  const [type, setType] = useState("");
  /** Undefined: nobody wrote any, and the type's example stands there. */
  const [written, setWritten] = useState<string>();
  const [outcome, setOutcome] = useState<Outcome>();
  const [isSending, setSending] = useState(false);
  const list = useId();
  useEffect(() => {
    readTypes(client).then(setTypes, () => setTypes([]));
  }, [client]);
  const known = types.find((one) => one.type === type);
  const data = written ?? JSON.stringify(known?.example ?? {}, undefined, 2);
  const choose = (name: string) => {
    setType(name);
    setWritten(undefined);
    setOutcome(undefined);
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const read = readJson(undefined, data);
    if (!read.ok) return setOutcome({ ok: false, words: read.fault });
    setSending(true);
    try {
      const kept = await client.publish({ type, data: read.value ?? {}, ...(channel === "" ? {} : { channel }) });
      const position = kept.offset === undefined ? "not kept: of class ephemeral" : `${kept.epoch}:${kept.offset}`;
      setOutcome({ ok: true, channel: kept.channel, position });
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      setOutcome({ ok: false, words: `${error.message} (${error.name}). ${error.help}` });
    } finally {
      setSending(false);
    }
  };
  return (
    <Dialog title="Publish an event" onClose={onClose}>
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-3 text-[13px]">
        <p className="text-ink-2">
          This is real: it is kept in the channel for good, and agents and people who watch it act on it.
        </p>
        <Labelled label="Type" description={known?.summary}>
          {(id) => (
            <>
              <input
                id={id}
                list={list}
                value={type}
                required
                autoComplete="off"
                spellCheck={false}
                placeholder="agent_log"
                onChange={({ target }) => choose(target.value)}
                className={`${inputClass} font-mono`}
              />
              <datalist id={list}>
                {types.map((one) => (
                  <option key={one.type} value={one.type} />
                ))}
              </datalist>
            </>
          )}
        </Labelled>
        <Labelled label="Channel" description="empty: the one its data says">
          {(id) => (
            <input
              id={id}
              value={channel}
              autoComplete="off"
              spellCheck={false}
              placeholder="agent:coder-001"
              onChange={({ target }) => setChannel(target.value)}
              className={`${inputClass} font-mono`}
            />
          )}
        </Labelled>
        <Labelled label="Data, as JSON">
          {(id) => (
            <textarea
              id={id}
              value={data}
              rows={9}
              spellCheck={false}
              onChange={({ target }) => setWritten(target.value)}
              className={`${inputClass} font-mono text-xs`}
            />
          )}
        </Labelled>
        {outcome?.ok === false && (
          <p role="alert" className="text-stop">
            {calm(outcome.words)}
          </p>
        )}
        {outcome?.ok === true && (
          <p role="status" className="flex flex-wrap items-center gap-2">
            Kept in <code className="font-mono">{calm(outcome.channel)}</code> at{" "}
            <code className="font-mono">{calm(outcome.position)}</code>
            <Button className="h-7" onClick={() => onShow(outcome.channel)}>
              Show the channel
            </Button>
          </p>
        )}
        <div className="flex gap-2">
          <Button type="submit" look="strong" disabled={isSending}>
            {isSending ? "Publishing" : "Publish for real"}
          </Button>
          <Button onClick={onClose}>Close</Button>
        </div>
      </form>
    </Dialog>
  );
}
