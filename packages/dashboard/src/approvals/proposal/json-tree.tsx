/** Any JSON as a tree that can be read and folded; nothing in it acts. */
import { useState } from "react";
import { Button } from "../../components/button.tsx";
import { count } from "../../components/figures.ts";
import { calm, calmLines } from "../../text/visible.ts";

/** Members drawn before somebody asks for the rest. */
const membersShown = 100;
/** Deeper than this, and larger, is folded at first. */
const openLevels = 2;
const openMembers = 40;
/** Deeper than this it is JSON in one piece: a tree would be no help. */
const levelsAtMost = 20;

export function JsonTree({ value }: { value: unknown }) {
  return (
    <div className="min-w-0 rounded-md border border-rule bg-sunken px-3 py-2 font-mono text-xs leading-5">
      <Node value={value} level={0} />
    </div>
  );
}

interface NodeProps {
  name?: string;
  value: unknown;
  level: number;
}

function Node({ name, value, level }: NodeProps) {
  const label = name === undefined ? null : <span className="text-ink-2">{calm(name)}: </span>;
  if (typeof value !== "object" || value === null || level >= levelsAtMost) {
    return (
      <div className="[overflow-wrap:anywhere] whitespace-pre-wrap">
        {label}
        <Leaf value={value} />
      </div>
    );
  }
  const isList = Array.isArray(value);
  const members = Object.entries(value);
  const size = `${count(members.length)} ${isList ? (members.length === 1 ? "item" : "items") : members.length === 1 ? "member" : "members"}`;
  // The whole needs no name and is never folded.
  if (level === 0) return <Members members={members} isList={isList} level={level} />;
  if (members.length === 0) {
    return (
      <div>
        {label}
        {isList ? "[]" : "{}"}
      </div>
    );
  }
  return (
    <details open={level <= openLevels && members.length <= openMembers}>
      <summary className="cursor-pointer [overflow-wrap:anywhere]">
        {label}
        <span className="text-ink-3">{size}</span>
      </summary>
      <div className="ml-1 border-l border-rule pl-3">
        <Members members={members} isList={isList} level={level} />
      </div>
    </details>
  );
}

interface MembersProps {
  members: ReadonlyArray<[string, unknown]>;
  isList: boolean;
  level: number;
}

function Members({ members, isList, level }: MembersProps) {
  const [whole, setWhole] = useState(false);
  const shown = whole ? members : members.slice(0, membersShown);
  return (
    <>
      {members.length === 0 && (isList ? "[]" : "{}")}
      {shown.map(([name, value]) => (
        <Node key={name} name={isList ? String(Number(name) + 1) : name} value={value} level={level + 1} />
      ))}
      {shown.length < members.length && (
        <p className="flex items-center gap-2 py-1 font-sans text-[13px] text-ink-2">
          Showing {count(shown.length)} of {count(members.length)}
          <Button onClick={() => setWhole(true)}>Show the whole</Button>
        </p>
      )}
    </>
  );
}

function Leaf({ value }: { value: unknown }) {
  if (typeof value === "string") return <span className="text-done">"{calmLines(value)}"</span>;
  if (typeof value === "number") return <span className="text-run">{String(value)}</span>;
  return <span className="text-wait">{calm(JSON.stringify(value) ?? "nothing")}</span>;
}
