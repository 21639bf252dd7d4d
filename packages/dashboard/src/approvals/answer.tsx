/** The answer that an approval carries: the proposal as it is, or edited, with what was changed against it. */
import type { Checkpoint } from "@signalbox/client/steering";
import { useEffect, useRef } from "react";
import { Button } from "../components/button.tsx";
import { SchemaForm, type SchemaFormHandle } from "../forms/schema-form.tsx";
import { calm } from "../text/visible.ts";
import { type Change, changesBetween } from "./proposal/changes.ts";
import { JsonTree } from "./proposal/json-tree.tsx";

interface AnswerProps {
  /** As the gateway has it; it knows the answer of those who approved before. */
  checkpoint: Checkpoint;
  form: SchemaFormHandle;
  editing: boolean;
  onEdit: (editing: boolean) => void;
}

export function Answer({ checkpoint, form, editing, onEdit }: AnswerProps) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (editing) place.current?.querySelector<HTMLElement>("input, textarea, select, button")?.focus();
  }, [editing]);
  if (checkpoint.answerSchema === undefined) return null;
  if (checkpoint.approvedBy.length > 0) {
    return (
      <div className="flex flex-col gap-1 text-[13px] text-ink-2">
        <p>
          {checkpoint.answer === undefined
            ? "Who approved before did so without an edited answer; so do all."
            : "Who approved before sent this answer; all approve the same."}
        </p>
        {checkpoint.answer !== undefined && <JsonTree value={checkpoint.answer} />}
      </div>
    );
  }
  if (!editing) {
    return (
      <p className="flex flex-wrap items-center gap-2 text-[13px] text-ink-2">
        <Button onClick={() => onEdit(true)}>Edit the answer…</Button>
        An approval may carry an edited answer.
      </p>
    );
  }
  return (
    <div
      ref={place}
      data-testid="answer-form"
      className="flex min-w-0 flex-col gap-3 rounded-md border border-rule-strong p-3"
    >
      <SchemaForm form={form} label="Answer" />
      <Changes form={form} />
      <Button className="self-start" onClick={() => onEdit(false)}>
        Leave it as proposed
      </Button>
    </div>
  );
}

/** Said before it is sent. */
export function Changes({ form }: { form: SchemaFormHandle }) {
  if (!form.state.touched) return <p className="text-[13px] text-ink-2">Nothing is changed so far.</p>;
  const read = form.peek();
  if (!read.ok) return <p className="text-[13px] text-stop">{calm(read.fault)}</p>;
  const changes = changesBetween(form.proposed, read.value);
  if (changes.length === 0) return <p className="text-[13px] text-ink-2">The answer says what was proposed.</p>;
  return (
    <div className="flex min-w-0 flex-col gap-1" data-testid="changes">
      <p className="text-xs font-medium text-ink-3">Changed against the proposal</p>
      <ul className="flex flex-col gap-0.5 font-mono text-xs leading-5">
        {changes.map((change) => (
          <OneChange key={change.path} change={change} />
        ))}
      </ul>
    </div>
  );
}

function OneChange({ change: { path, before, after } }: { change: Change }) {
  return (
    <li className="[overflow-wrap:anywhere]">
      <span className="text-ink-2">{calm(path) || "the answer"}: </span>
      {before === undefined ? (
        <span className="text-ink-2">nothing</span>
      ) : (
        <del className="text-stop">{calm(before)}</del>
      )}
      <span className="text-ink-2"> → </span>
      {after === undefined ? (
        <span className="text-ink-2">nothing</span>
      ) : (
        <ins className="font-semibold text-done no-underline">{calm(after)}</ins>
      )}
    </li>
  );
}
