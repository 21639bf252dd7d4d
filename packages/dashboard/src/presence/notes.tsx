/** What people say about a session, kept in it; and what they point at. `channel`: `session:ID`. */
import { sessionReducer } from "@signalbox/core/reducers";
import { type FormEvent, useMemo, useState } from "react";
import { Button } from "../components/button.tsx";
import { count } from "../components/figures.ts";
import { Panel } from "../components/panel.tsx";
import { inputClass } from "../forms/schema-form.tsx";
import { useClient } from "../stores/client.tsx";
import { useReadable } from "../stores/use-readable.ts";
import { calm } from "../text/visible.ts";
import { Note } from "./note.tsx";
import { Selections } from "./selections.tsx";

/** As the gateway takes it. */
const lengthMost = 16_384;

export function Notes({ channel }: { channel: string }) {
  const client = useClient();
  const { state } = useReadable(useMemo(() => client.channel(channel, sessionReducer), [client, channel]));
  const { notes, selections, sessionId } = state;
  const newest = notes.items.toSorted((a, b) => b.updatedAt - a.updatedAt);
  return (
    <Panel
      title="Notes"
      className="m-3"
      beside={
        <span className="text-[13px] text-ink-2">
          {notes.items.length === 0 ? "none yet" : count(notes.items.length)}
          {notes.cut > 0 && `; ${count(notes.cut)} older ones are only in the feed`}
        </span>
      }
    >
      <Selections channel={channel} sessionId={sessionId} selections={selections.items} />
      <Write channel={channel} sessionId={sessionId} />
      {newest.length > 0 && (
        <ul className="flex flex-col gap-2" aria-label="Notes">
          {newest.map((note) => (
            <Note key={note.noteId} note={note} channel={channel} sessionId={sessionId} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Write({ channel, sessionId }: { channel: string; sessionId: string }) {
  const client = useClient();
  const [text, setText] = useState("");
  const [fault, setFault] = useState<string>();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() === "") return;
    const written = text;
    setText("");
    setFault(undefined);
    try {
      await client.publish({ type: "session_note", channel, data: { sessionId, noteId: newNoteId(), text: written } });
    } catch (error) {
      // What was written is not lost.
      setText((since) => (since === "" ? written : since));
      setFault(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-1.5">
      <div className="flex items-end gap-2 max-md:flex-col max-md:items-stretch">
        <textarea
          aria-label="Write a note"
          placeholder="Write a note for everybody who looks at this session"
          value={text}
          maxLength={lengthMost}
          rows={Math.min(8, Math.max(1, text.split("\n").length))}
          onChange={({ target }) => setText(target.value)}
          className={inputClass}
        />
        <Button type="submit" look="strong" disabled={text.trim() === ""} className="max-md:h-11">
          Write
        </Button>
      </div>
      {fault !== undefined && (
        <p role="alert" className="text-[13px] text-stop">
          The note was not taken: {calm(fault)}
        </p>
      )}
    </form>
  );
}

/** `crypto.randomUUID` is only there where the page came over TLS or from this machine. */
function newNoteId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return `n${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
