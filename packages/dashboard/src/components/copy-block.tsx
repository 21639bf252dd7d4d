/** Some lines to paste into a file. */
import { CopyButton } from "./copy-line.tsx";

export function CopyBlock({ text, says }: { text: string; says: string }) {
  return (
    <div className="relative min-w-0 rounded-lg border border-rule bg-raised">
      <div className="absolute top-1 right-1 rounded-md bg-raised">
        <CopyButton text={text} says={says} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what is scrolled has to be reached by keyboard */}
      <pre tabIndex={0} className="max-h-72 overflow-auto p-3 pr-20 font-mono text-[13px] text-ink">
        {text.trimEnd()}
      </pre>
    </div>
  );
}
