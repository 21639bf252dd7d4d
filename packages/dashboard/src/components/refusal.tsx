/** Why something is not shown: a right that this token lacks, or a fault, with the next step. */
import type { GatewayError } from "@signalbox/client";
import { calm } from "../text/visible.ts";
import { EmptyState } from "./empty-state.tsx";

/** `what`: in the place of "see the audit". */
export function Refusal({ what, error }: { what: string; error: GatewayError }) {
  if (error.name !== "forbidden") {
    return (
      <EmptyState title={`The gateway could not be asked to ${what}`}>
        <p>{calm(`${error.message} (${error.name})`)}</p>
        <p>{calm(error.help)}</p>
      </EmptyState>
    );
  }
  return (
    <EmptyState title={`This token may not ${what}`}>
      <p>
        It lacks the verb <code className="font-mono">admin</code> on all channels (<code className="font-mono">*</code>
        ). Come in with a token that has it: the gateway prints one when it starts, and{" "}
        <code className="font-mono whitespace-nowrap">signalbox keys create NAME --role admin</code> makes one.
      </p>
    </EmptyState>
  );
}
