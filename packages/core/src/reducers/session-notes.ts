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
  /** What is selected, and where that is, in the form of whoever shows it; undefined where it is too long. */
  selection: unknown;
  at: unknown;
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

/** The newest of each person; nothing, or null, takes theirs away. */
export function foldSelections(
  selections: Kept<SessionSelection>,
  { type, data, timestamp }: FoldedEvent,
): Kept<SessionSelection> {
  const fields = new Fields(data);
  const by = fields.text("by");
  if (type !== "session_selection" || by === undefined) return selections;
  const is = (one: SessionSelection): boolean => one.by === by;
  const selection = fields.value("selection");
  if (selection === undefined || selection === null) return without(selections, is);
  const selected: SessionSelection = {
    by,
    selection: previewOf(selection, selectionLength).value,
    at: previewOf(fields.value("at"), placeLength).value,
    updatedAt: timestamp,
  };
  return updated(selections, is, () => selected, selectionsKept);
}
