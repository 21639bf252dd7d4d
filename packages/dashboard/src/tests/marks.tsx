/** A test's last runs as small marks: tall and full where it failed, low where it passed, hollow where it was skipped. */
import { classes } from "../components/classes.ts";
import { type Mark, marksInWords, type Outcome } from "./test-record.ts";

const shapes: Readonly<Record<Outcome, string>> = {
  failed: "h-4 bg-stop",
  passed: "h-2 bg-done",
  skipped: "h-2 border border-idle",
};

export function Marks({ marks, shown = 12 }: { marks: readonly Mark[]; shown?: number }) {
  const last = marks.slice(-shown);
  const words = marksInWords(last);
  return (
    <span role="img" aria-label={words} title={words} className="inline-flex h-4 items-end gap-[3px] align-middle">
      {last.map(({ run, outcome }) => (
        <span key={run} data-outcome={outcome} className={classes("w-[5px] rounded-[1px]", shapes[outcome])} />
      ))}
    </span>
  );
}
