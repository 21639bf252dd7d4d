import { useState } from "react";
import { Button } from "../../components/button.tsx";
import { count } from "../../components/figures.ts";
import { calmLines } from "../../text/visible.ts";

/** Lines shown before somebody asks for the rest. */
const linesShown = 400;

/** Several lines as they are; the rest of many on request. */
export function TextBlock({ text, what }: { text: string; what: string }) {
  const [whole, setWhole] = useState(false);
  const lines = text.split("\n");
  const isCut = !whole && lines.length > linesShown;
  const shown = isCut ? lines.slice(0, linesShown).join("\n") : text;
  return (
    <>
      <section
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        tabIndex={0}
        aria-label={what}
        className="max-h-96 overflow-auto rounded-md border border-rule bg-sunken px-3 py-2 font-mono text-xs leading-5"
      >
        <pre className="[overflow-wrap:anywhere] whitespace-pre-wrap">{calmLines(shown)}</pre>
      </section>
      {isCut && <ShowWhole shown={linesShown} all={lines.length} onShow={() => setWhole(true)} />}
    </>
  );
}

interface ShowWholeProps {
  shown: number;
  all: number;
  onShow: () => void;
}

export function ShowWhole({ shown, all, onShow }: ShowWholeProps) {
  return (
    <p className="flex flex-wrap items-center gap-2 text-[13px] text-ink-2" data-testid="cap">
      Showing {count(shown)} of {count(all)} lines
      <Button onClick={onShow}>Show the whole</Button>
    </p>
  );
}
