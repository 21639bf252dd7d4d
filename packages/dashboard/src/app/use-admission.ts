import { useCallback, useEffect, useState } from "react";
import { gateway } from "../stores/place.ts";
import { type Answer, askGateway, type Who } from "./ask-gateway.ts";

/**
 * `admitted` also when the own gateway cannot be reached: the views then say that they are offline. `away`: another
 * one, which may refuse this page.
 */
export type Admission =
  | { is: "asking" }
  | { is: "refused" }
  | { is: "none" }
  | { is: "away"; again: () => void }
  | { is: "admitted"; who: Who | undefined };

/** Asks the gateway once whether it takes this token (or none). */
export function useAdmission(token: string | undefined): Admission {
  const [known, setKnown] = useState<{ token: string | undefined; answer: Answer | { is: "away" } }>();
  const [tries, setTries] = useState(0);
  const again = useCallback(() => setTries((before) => before + 1), []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another try asks again
  useEffect(() => {
    const stop = new AbortController();
    askGateway(gateway().url, token, stop.signal).then(
      (answer) => setKnown({ token, answer }),
      () => {
        if (stop.signal.aborted) return;
        const unasked: Answer = token === undefined ? { is: "refused" } : { is: "admitted", who: undefined };
        setKnown({ token, answer: gateway().isOwn ? unasked : { is: "away" } });
      },
    );
    return () => stop.abort();
  }, [token, tries]);
  if (!known || known.token !== token) return { is: "asking" };
  return known.answer.is === "away" ? { is: "away", again } : known.answer;
}
