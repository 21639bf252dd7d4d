/** Why something is not shown, and what would change that. */
import { calm } from "../text/visible.ts";

interface RefusalProps {
  error: { name: string; message: string };
  /** `see budgets`. */
  what: string;
}

export function Refusal({ error, what }: RefusalProps) {
  const says =
    error.name === "forbidden"
      ? `This token may not ${what}: ${error.message}.`
      : `The gateway did not answer: ${error.message}. It is asked again.`;
  return (
    <p role="status" className="rounded-md border border-rule bg-raised px-3 py-2 text-[13px] break-words">
      {calm(says)}
    </p>
  );
}
