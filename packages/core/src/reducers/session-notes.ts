/** What people leave in a session (§13.4): notes, and what they have selected. */
import { type Kept, updated, within, without } from "./kept.ts";
import { Fields, type FoldedEvent, previewOf } from "./reducer.ts";

export interface SessionNote {
  noteId: string;
  text: string;
  /** Characters of a longer text. */
  size: number | undefined;
  /** What it is about, as it was said. */
  at: unknown;
  /** Who wrote it first, and who this version. */
  createdBy: string | undefined;
  by: string | undefined;
  /** How often it was written. */
  version: number;
  createdAt: number;
  updatedAt: number;
}

export interface SessionSelection {
  /** `KIND:ID`. */
  by: string;
  /** The event's own members; undefined where they are too long. */
  selection: Readonly<Record<string, unknown>> | undefined;
  updatedAt: number;
}

const notesKept = 40;
/** Characters of one note, and of all. */
const noteLength = 2_000;
const notesLength = 16_384;
const selectionsKept = 20;
const selectionLength = 300;
const placeLength = 200;

export function foldNotes(notes: Kept<SessionNote>, { type, data, timestamp }: FoldedEvent): Kept<SessionNote> {
  if (type !== "session_note") return notes;
  const fields = new Fields(data);
  const noteId = fields.text("noteId");
  if (noteId === undefined) return notes;
  const is = (note: SessionNote): boolean => note.noteId === noteId;
  if (fields.value("text") === null) return without(notes, is);
  const text = fields.text("text", noteLength);
  if (text === undefined) return notes;
  const by = fields.text("by");
  const change = (before: SessionNote | undefined): SessionNote => ({
    noteId,
    text,
    size: previewOf(fields.value("text"), noteLength).size,
    at: fields.value("at") === undefined ? before?.at : previewOf(fields.value("at"), placeLength).value,
    createdBy: before === undefined ? by : before.createdBy,
    by,
    version: (before?.version ?? 0) + 1,
    createdAt: before?.createdAt ?? timestamp,
    updatedAt: timestamp,
  });
  return within(updated(notes, is, change, notesKept), (note) => note.text.length, notesLength);
}

/** The newest of each person; one that says nothing takes theirs away. */
export function foldSelections(
  selections: Kept<SessionSelection>,
  { type, data, timestamp }: FoldedEvent,
): Kept<SessionSelection> {
  const by = new Fields(data).text("by");
  if (type !== "session_selection" || by === undefined) return selections;
  const is = (one: SessionSelection): boolean => one.by === by;
  const said = Object.entries(Object(data)).filter(([name, value]) => !isAddress.has(name) && value !== null);
  if (said.length === 0) return without(selections, is);
  const short = previewOf(Object.fromEntries(said), selectionLength).size === undefined;
  const selection = short ? Object.fromEntries(said) : undefined;
  return updated(selections, is, () => ({ by, selection, updatedAt: timestamp }), selectionsKept);
}

const isAddress: ReadonlySet<string> = new Set(["sessionId", "session_id", "by"]);
