/** The bar above a log. */
import { type FormEvent, type RefObject, useEffect, useRef, useState } from "react";
import { Button } from "../components/button.tsx";
import { count } from "../components/figures.ts";
import { ClockIcon, CopyIcon, NextErrorIcon, SearchIcon, WrapIcon } from "../components/icons.tsx";
import { Tip, TipProvider } from "../components/tip.tsx";
import { ExportMenu } from "../export/export-menu.tsx";
import { useClient } from "../stores/client.tsx";
import { prefer, preferences } from "../stores/preferences.ts";
import { toast } from "../stores/toasts.ts";
import { useReadable } from "../stores/use-readable.ts";
import { useLogExport } from "./log-export.ts";
import type { ErrorSearch } from "./use-error-search.ts";

interface LogToolsProps {
  processId: string;
  name: string;
  q: string | undefined;
  onSearch: (q: string | undefined) => void;
  onLine: (line: number) => void;
  errors: ErrorSearch;
  totalLines: number;
  errorLines: number;
  /** Only what is on stderr is listed. */
  stderr: boolean;
  onStderr: (shown: boolean) => void;
  /** The line that stands in the address. */
  line: number | undefined;
}

export function LogTools(props: LogToolsProps) {
  const { processId, name, q, onSearch, onLine, errors, totalLines, errorLines, stderr, onStderr, line } = props;
  const { wrap, timestamps } = useReadable(preferences);
  const saved = useLogExport(useClient(), processId, name, stderr ? errorLines : totalLines, stderr);
  const searchField = useRef<HTMLInputElement>(null);
  const lineField = useRef<HTMLInputElement>(null);
  useKeys({
    "/": () => searchField.current?.focus(),
    l: () => lineField.current?.focus(),
    e: () => errors.go(1),
    E: () => errors.go(-1),
    s: () => onStderr(!stderr),
    w: () => prefer({ wrap: !wrap }),
    t: () => prefer({ timestamps: !timestamps }),
  });
  return (
    <div
      role="toolbar"
      aria-label="Log tools"
      className="flex flex-wrap items-center gap-x-2 gap-y-1.5 bg-panel px-4 py-2 md:px-6"
    >
      <SearchField key={q ?? ""} field={searchField} q={q} onSearch={onSearch} />
      <LineField field={lineField} onLine={onLine} />
      {line !== undefined && <LineLink line={line} />}
      <span className="flex-1" />
      <TipProvider>
        {errors.looking === undefined ? (
          <span className="flex">
            <Tip text="To the next run of error lines; from the live end, to the last one" keys="e">
              <Button look="quiet" onClick={() => errors.go(1)} aria-label="Next error">
                <NextErrorIcon />
                <span className="max-lg:hidden">Next error</span>
              </Button>
            </Tip>
            <Tip text="To the run of error lines before" keys="Shift E">
              <Button look="quiet" onClick={() => errors.go(-1)} aria-label="Previous error">
                <NextErrorIcon className="h-4 w-4 rotate-180" />
              </Button>
            </Tip>
          </span>
        ) : (
          <Button look="quiet" onClick={errors.cancel}>
            Looking at row {count(errors.looking)} · Stop
          </Button>
        )}
        {(errorLines > 0 || stderr) && (
          <Tip text="Only the lines on stderr, in a list" keys="s">
            <Button look="quiet" aria-pressed={stderr} onClick={() => onStderr(!stderr)}>
              stderr <span className="text-ink-3">{count(errorLines)}</span>
            </Button>
          </Tip>
        )}
        <Tip text="Break long lines" keys="w">
          <Button look="quiet" aria-pressed={wrap} aria-label="Wrap lines" onClick={() => prefer({ wrap: !wrap })}>
            <WrapIcon />
          </Button>
        </Tip>
        <Tip text="Show when each line was written" keys="t">
          <Button
            look="quiet"
            aria-pressed={timestamps}
            aria-label="Show times"
            onClick={() => prefer({ timestamps: !timestamps })}
          >
            <ClockIcon />
          </Button>
        </Tip>
        {saved.progress === undefined ? (
          <ExportMenu exports={saved.exports} />
        ) : (
          <Button onClick={saved.stop}>{saved.progress} so far · Stop</Button>
        )}
      </TipProvider>
    </div>
  );
}

function LineLink({ line }: { line: number }) {
  const copy = () => {
    navigator.clipboard.writeText(location.href).then(
      () => toast(`The address of line ${count(line)} is copied.`),
      () => toast("The browser did not allow copying; the page's address leads to the line.", "bad"),
    );
  };
  return (
    <Button look="quiet" onClick={copy} aria-label={`Copy the address of line ${line}`}>
      <CopyIcon />
      <span className="max-lg:hidden">Line {count(line)}</span>
    </Button>
  );
}

interface SearchFieldProps {
  field: RefObject<HTMLInputElement | null>;
  q: string | undefined;
  onSearch: (q: string | undefined) => void;
}

function SearchField({ field, q, onSearch }: SearchFieldProps) {
  const [text, setText] = useState(q ?? "");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSearch(text.trim() === "" ? undefined : text.trim());
  };
  return (
    <search className="max-md:w-full">
      <form onSubmit={submit} className="relative flex items-center">
        <SearchIcon className="pointer-events-none absolute left-2.5 h-4 w-4 text-ink-3" />
        <input
          ref={field}
          type="search"
          aria-label="Search the whole log"
          placeholder="Search the whole log"
          title="Words that must all occur; &quot;a phrase&quot;; begin*"
          aria-keyshortcuts="/"
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => event.key === "Escape" && onSearch(undefined)}
          className="h-8 w-full rounded-md border border-rule bg-ground pr-2 pl-8 text-[13px] placeholder:text-ink-3 md:w-64"
        />
      </form>
    </search>
  );
}

function LineField({ field, onLine }: { field: RefObject<HTMLInputElement | null>; onLine: (line: number) => void }) {
  const [text, setText] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const line = Number(text.replace(/[,\s.]/g, ""));
    if (Number.isSafeInteger(line) && line > 0) onLine(line);
    setText("");
    field.current?.blur();
  };
  return (
    <form onSubmit={submit}>
      <input
        ref={field}
        inputMode="numeric"
        aria-label="Go to line"
        placeholder="Go to line"
        aria-keyshortcuts="l"
        value={text}
        onChange={(event) => setText(event.target.value)}
        className="h-8 w-24 rounded-md border border-rule bg-ground px-2.5 text-[13px] placeholder:text-ink-3"
      />
    </form>
  );
}

/** Single keys, except while somebody types. */
function useKeys(keys: Readonly<Record<string, () => void>>): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (event.target instanceof Element && event.target.closest("input, textarea, [role=menu], dialog")) return;
      const act = Object.hasOwn(latest.current, event.key) ? latest.current[event.key] : undefined;
      if (!act) return;
      event.preventDefault();
      act();
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, []);
}
