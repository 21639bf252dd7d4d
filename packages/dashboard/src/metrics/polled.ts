/** What is asked for again and again while somebody looks. */
import { useEffect, useState } from "react";
import { useClient } from "../stores/client.tsx";

export interface Polled<Row> {
  rows: readonly Row[] | undefined;
  /** There are more than were asked for. */
  cut: boolean;
  error: { name: string; message: string } | undefined;
  /** Asks at once. */
  renew: () => void;
}

const pageRows = 500;

/** All pages of a list, at most so many rows of it. `path`: of the route, whose rows are in the member `member`. */
export function usePolled<Row>(path: string, member: string, everyMs: number, most = 5_000): Polled<Row> {
  const client = useClient();
  const [turn, setTurn] = useState(0);
  const [state, setState] = useState<Omit<Polled<Row>, "renew">>({ rows: undefined, cut: false, error: undefined });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another turn asks anew
  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isAsking = false;
    const ask = async (): Promise<void> => {
      clearTimeout(timer);
      if (isAsking || document.hidden) return;
      isAsking = true;
      try {
        const rows: Row[] = [];
        let after: string | undefined = "";
        do {
          const query = new URLSearchParams({ limit: String(pageRows), after: after ?? "" });
          const answer: Record<string, unknown> = await client.request(`${path}?${query}`, { signal: stop.signal });
          // The route's own rows.
          rows.push(...((answer[member] ?? []) as Row[]));
          after = typeof answer.next === "string" ? answer.next : undefined;
        } while (after !== undefined && rows.length < most);
        setState({ rows, cut: after !== undefined, error: undefined });
      } catch (error) {
        if (stop.signal.aborted) return;
        const { name, message } = error instanceof Error ? error : new Error(String(error));
        setState((before) => ({ ...before, error: { name, message } }));
      } finally {
        isAsking = false;
        if (!stop.signal.aborted) timer = setTimeout(() => void ask(), everyMs);
      }
    };
    const seen = (): void => void ask();
    document.addEventListener("visibilitychange", seen);
    void ask();
    return () => {
      stop.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", seen);
    };
  }, [client, path, member, everyMs, most, turn]);
  return { ...state, renew: () => setTurn((before) => before + 1) };
}
