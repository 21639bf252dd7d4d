/** What a gateway that cannot keep anything says of itself: it can raise no alert about that. */
import { useEffect, useState } from "react";
import { useClient } from "../stores/client.tsx";

const everyMs = 10_000;

/** Sentences; empty: it is ready, or does not answer, which the link shows. */
export function useHealth(): readonly string[] {
  const client = useClient();
  const [reasons, setReasons] = useState<readonly string[]>([]);
  useEffect(() => {
    const stop = new AbortController();
    const ask = async (): Promise<void> => {
      if (document.hidden) return;
      try {
        const response = await client.fetch("/health/ready", { signal: stop.signal });
        const answer: unknown = await response.json();
        const said: unknown = Reflect.get(Object(answer), "reasons");
        setReasons(Array.isArray(said) ? said.map(String) : []);
      } catch {
        if (!stop.signal.aborted) setReasons([]);
      }
    };
    void ask();
    const timer = setInterval(() => void ask(), everyMs);
    return () => {
      stop.abort();
      clearInterval(timer);
    };
  }, [client]);
  return reasons;
}
