import { calm, calmLines } from "../text/visible.ts";
import { partsOf } from "./words.ts";

/** What exactly is asked about: as text, whatever it holds, and all of it. */
export function Payload({ data }: { data: unknown }) {
  return (
    <div className="flex flex-col gap-2" data-testid="payload">
      {partsOf(data).map(({ name, text }) => (
        <div key={name === undefined ? "rest" : `member ${name}`} className="flex flex-col gap-1">
          {name !== undefined && <span className="text-xs font-medium text-ink-3">{calm(name)}</span>}
          <pre
            // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
            tabIndex={0}
            className="max-h-80 overflow-auto rounded-md border border-rule bg-sunken px-3 py-2 font-mono text-xs leading-5 break-words whitespace-pre-wrap"
          >
            {calmLines(text)}
          </pre>
        </div>
      ))}
    </div>
  );
}
