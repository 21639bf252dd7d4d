/** A process's screen, and its keyboard where the token may. */

import { type FormEvent, memo, useEffect, useMemo, useRef, useState } from "react";
import { Button } from "../../components/button.tsx";
import { Fault } from "../../components/fault.tsx";
import { count } from "../../components/figures.ts";
import { deskOf } from "../../steering/desk.ts";
import { give } from "../../steering/given.ts";
import { reasonAgainst } from "../../steering/words.ts";
import { useClient } from "../../stores/client.tsx";
import { useReadable } from "../../stores/use-readable.ts";
import { lookOf } from "../ansi-style.ts";
import { type ScreenLine, scrollback } from "./screen.ts";
import { createTerminal, drawnFrom } from "./terminal-source.ts";

interface TerminalPanelProps {
  channel: string;
  name: string;
  ended: boolean;
}

export function TerminalPanel({ channel, name, ended }: TerminalPanelProps) {
  const client = useClient();
  const view = useReadable(useMemo(() => createTerminal(client, channel), [client, channel]));
  const scroller = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  // Who scrolled up reads: it stays there.
  // biome-ignore lint/correctness/useExhaustiveDependencies: after each change of the screen
  useEffect(() => {
    const { current } = scroller;
    if (current && atEnd.current) current.scrollTop = current.scrollHeight;
  }, [view.lines]);
  return (
    <section aria-label="Terminal" className="flex min-h-72 flex-1 flex-col">
      <div
        ref={scroller}
        role="log"
        aria-label={`Screen of ${name}`}
        aria-live="off"
        data-testid="terminal"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
          atEnd.current = scrollTop + clientHeight >= scrollHeight - 4;
        }}
        className="min-h-0 flex-1 overflow-auto bg-panel px-4 py-3 font-mono text-[13px] leading-[18px] md:px-6"
      >
        <div style={{ minWidth: `${view.size.columns}ch` }}>
          {view.lines.map((line, at) => (
            <Line
              // biome-ignore lint/suspicious/noArrayIndexKey: lines are places on the screen
              key={at}
              line={line}
            />
          ))}
        </div>
      </div>
      {!ended && <Keyboard channel={channel} />}
      <footer className="flex min-h-9 shrink-0 flex-wrap items-center gap-x-4 border-t border-rule bg-panel px-4 text-[13px] text-ink-3 md:px-6">
        <span data-testid="terminal-size">
          {view.size.columns} × {view.size.rows}
        </span>
        <span>{count(scrollback)} lines above the screen are kept here; the log has all</span>
        {view.late && <span>Drawn from the last {count(drawnFrom)} pieces of output</span>}
        {view.error !== undefined && <Fault text={view.error} />}
      </footer>
    </section>
  );
}

const Line = memo(
  ({ line }: { line: ScreenLine }) => (
    <div className="h-[18px] whitespace-pre">
      {line.spans.map((span, at) => {
        const look = lookOf(span);
        return look ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: spans are places of the line
          <span key={at} {...look}>
            {span.text}
          </span>
        ) : (
          span.text
        );
      })}
    </div>
  ),
  (before, after) => before.line.key === after.line.key,
);

/** What keys send that a line of text does not hold. */
const keys: ReadonlyArray<readonly [title: string, text: string]> = [
  ["Ctrl-C", "\u0003"],
  ["Ctrl-D", "\u0004"],
  ["Esc", "\u001b"],
  ["Tab", "\t"],
  ["↑", "\u001b[A"],
  ["↓", "\u001b[B"],
];

function Keyboard({ channel }: { channel: string }) {
  const client = useClient();
  const { desk } = useReadable(useMemo(() => deskOf(client, channel), [client, channel]));
  const [text, setText] = useState("");
  const input = desk?.commands.find(({ name }) => name === "input");
  if (desk === undefined) return null;
  const against =
    input === undefined || !input.allowed
      ? "This token may not type here (it lacks the verb command)."
      : reasonAgainst(channel, desk, desk.commands);
  if (against !== undefined) {
    return (
      <p className="px-4 py-2 text-[13px] text-ink-2 md:px-6" data-testid="keyboard-against">
        {against}
      </p>
    );
  }
  const send = (typed: string) => give(client, channel, "input", { text: typed });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send(`${text}\r`);
    setText("");
  };
  return (
    <form
      onSubmit={submit}
      className="flex flex-wrap items-center gap-1.5 border-t border-rule bg-panel px-4 py-2 md:px-6"
    >
      <input
        aria-label="Type into the terminal"
        placeholder="A line, ended by Enter"
        autoCapitalize="off"
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={({ target }) => setText(target.value)}
        className="h-8 min-w-40 flex-1 rounded-md border border-rule bg-ground px-2.5 font-mono text-[13px] placeholder:text-ink-3"
      />
      <Button type="submit" look="strong">
        Enter
      </Button>
      {keys.map(([title, typed]) => (
        <Button key={title} look="quiet" aria-label={`Key ${title}`} onClick={() => send(typed)}>
          {title}
        </Button>
      ))}
    </form>
  );
}
