import { useEffect, useState } from "react";
import { gatewayUrl } from "../stores/place.ts";

/** `admitted` also when the gateway cannot be reached: the views then say that they are offline. */
export type Admission = "asking" | "admitted" | "refused";

/** Asks the gateway once whether it takes this token (or none). */
export function useAdmission(token: string | undefined): Admission {
  const [known, setKnown] = useState<{ token: string | undefined; admission: Admission }>();
  useEffect(() => {
    const stop = new AbortController();
    ask(token, stop.signal).then(
      (admission) => setKnown({ token, admission }),
      () => {
        if (!stop.signal.aborted) setKnown({ token, admission: token === undefined ? "refused" : "admitted" });
      },
    );
    return () => stop.abort();
  }, [token]);
  return known && known.token === token ? known.admission : "asking";
}

async function ask(token: string | undefined, signal: AbortSignal): Promise<Admission> {
  const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  const answer = await fetch(`${gatewayUrl()}/v1/info`, { headers, signal });
  return answer.status === 401 || answer.status === 403 ? "refused" : "admitted";
}
