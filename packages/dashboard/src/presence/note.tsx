/** One note: who wrote it and when, its versions, changing it and taking it away. */
import type { SessionNote } from "@signalbox/core/reducers";
import { useState } from "react";
import { whoIs } from "../approvals/words.ts";
import { Button } from "../components/button.tsx";
import { count } from "../components/figures.ts";
import { RelativeTime } from "../components/relative-time.tsx";
import { inputClass } from "../forms/schema-form.tsx";
import { useClient } from "../stores/client.tsx";
import { toast } from "../stores/toasts.ts";
import { calmLines } from "../text/visible.ts";
import { type NoteVersion, noteVersions } from "./note-versions.ts";

interface NoteProps {
  note: SessionNote;
  channel: string;
  sessionId: string;
}

type Shows =
  | { what: "text" }
  | { what: "removing" }
  | { what: "versions"; versions: readonly NoteVersion[] }
  /** `version`: the one that is being changed. */
  | { what: "editing"; draft: string; version: number };

export function Note({ note, channel, sessionId }: NoteProps) {
  const client = useClient();
  const [shows, setShows] = useState<Shows>({ what: "text" });
  const { noteId, text, size, by = "", version } = note;
  const trying = async (deed: () => Promise<unknown>): Promise<boolean> => {
    try {
      await deed();
      return true;
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error), "bad");
      return false;
    }
  };
  const publish = (next: string | null) =>
    trying(() => client.publish({ type: "session_note", channel, data: { sessionId, noteId, text: next } }));
  const versions = () => noteVersions(client, channel, noteId);
  const edit = () =>
    trying(async () => {
      // The folded state has the beginning of a long one.
      const draft = size === undefined ? text : ((await versions())[0]?.text ?? text);
      setShows({ what: "editing", draft, version });
    });
  const save = async (draft: string) => {
    if (draft.trim() !== "" && (await publish(draft))) setShows({ what: "text" });
  };
  return (
    <li data-testid="note" data-note={noteId} className="rounded-md border border-rule bg-raised px-3 py-2">
      <p className="flex flex-wrap items-baseline gap-x-2 text-[13px]">
        <strong>{whoIs(by)}</strong>
        <span className="text-ink-2">
          <RelativeTime ms={note.updatedAt} />
        </span>
        {version > 1 && (
          <button
            type="button"
            className="cursor-pointer text-run hover:underline"
            onClick={() => void trying(async () => setShows({ what: "versions", versions: await versions() }))}
          >
            version {count(version)}
          </button>
        )}
        <span className="flex-1" />
        {(shows.what === "text" || shows.what === "versions") && (
          <>
            <Button look="quiet" className="h-6" onClick={() => void edit()}>
              Edit
            </Button>
            <Button look="quiet" className="h-6" onClick={() => setShows({ what: "removing" })}>
              Remove
            </Button>
          </>
        )}
      </p>
      {shows.what === "editing" ? (
        <Editor
          shows={shows}
          newer={version > shows.version ? by : undefined}
          onChange={(draft) => setShows({ ...shows, draft })}
          onSave={() => void save(shows.draft)}
          onBack={() => setShows({ what: "text" })}
        />
      ) : (
        <p className="[overflow-wrap:anywhere] whitespace-pre-wrap">
          {calmLines(text)}
          {size !== undefined && <span className="text-ink-2"> … ({count(size)} characters in all)</span>}
        </p>
      )}
      {shows.what === "removing" && (
        <p className="mt-1.5 flex flex-wrap items-center gap-2 text-[13px]">
          It goes from everybody's screen; the feed keeps that it was there.
          <Button look="stop" onClick={() => void publish(null)}>
            Remove it
          </Button>
          <Button onClick={() => setShows({ what: "text" })}>Back</Button>
        </p>
      )}
      {shows.what === "versions" && <Versions versions={shows.versions} onBack={() => setShows({ what: "text" })} />}
    </li>
  );
}

interface EditorProps {
  shows: Extract<Shows, { what: "editing" }>;
  /** Who wrote another version meanwhile. */
  newer: string | undefined;
  onChange: (draft: string) => void;
  onSave: () => void;
  onBack: () => void;
}

function Editor({ shows: { draft }, newer, onChange, onSave, onBack }: EditorProps) {
  return (
    <div className="mt-1.5 flex flex-col gap-2">
      <textarea
        aria-label="The note"
        // biome-ignore lint/a11y/noAutofocus: the person has just asked for this
        autoFocus
        value={draft}
        maxLength={16_384}
        rows={Math.min(12, draft.split("\n").length + 1)}
        onChange={({ target }) => onChange(target.value)}
        className={inputClass}
      />
      {newer !== undefined && (
        <p role="status" className="text-[13px] text-wait">
          {whoIs(newer)} wrote another version meanwhile. Yours would come after it.
        </p>
      )}
      <div className="flex gap-2">
        <Button look="strong" disabled={draft.trim() === ""} onClick={onSave}>
          Save
        </Button>
        <Button onClick={onBack}>Back</Button>
      </div>
    </div>
  );
}

function Versions({ versions, onBack }: { versions: readonly NoteVersion[]; onBack: () => void }) {
  return (
    <div className="mt-1.5 flex flex-col gap-1.5 border-t border-rule pt-1.5" data-testid="versions">
      <ol className="flex flex-col gap-1.5">
        {versions.slice(1).map(({ text, by = "", at }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: versions have no other name
          <li key={index} className="text-[13px]">
            <span className="text-ink-2">
              {whoIs(by)}, <RelativeTime ms={at} />:{" "}
            </span>
            <span className="[overflow-wrap:anywhere] whitespace-pre-wrap">
              {text === null ? "removed" : calmLines(text)}
            </span>
          </li>
        ))}
      </ol>
      <Button className="self-start" onClick={onBack}>
        Hide older versions
      </Button>
    </div>
  );
}
