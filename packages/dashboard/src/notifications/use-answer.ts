/** An answer of the gateway, asked for again when something was changed. */
import { useCallback, useEffect, useState } from "react";
import { useClient } from "../stores/client.tsx";

export interface Asked<Answer> {
  answer: Answer | undefined;
  error: string | undefined;
  /** Asks again; what was shown stays until there is another answer. */
  again: () => void;
}

export function useAnswer<Answer>(path: string | undefined): Asked<Answer> {
  const client = useClient();
  const [asked, setAsked] = useState<{ answer?: Answer; error?: string }>({});
  const [turn, setTurn] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new turn asks again
  useEffect(() => {
    if (path === undefined) return;
    const abort = new AbortController();
    client.request<Answer>(path, { signal: abort.signal }).then(
      (answer) => setAsked({ answer }),
      (error: unknown) => {
        if (!abort.signal.aborted) setAsked((before) => ({ ...before, error: messageOf(error) }));
      },
    );
    return () => abort.abort();
  }, [client, path, turn]);
  const again = useCallback(() => setTurn((now) => now + 1), []);
  return { answer: asked.answer, error: asked.error, again };
}

export const messageOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const help = "help" in error && typeof error.help === "string" ? error.help : "";
  return help === "" || error.message.includes(help) ? error.message : `${error.message}. ${help}`;
};
