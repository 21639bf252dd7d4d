/** The whole application: first the token, then the views. */
import { type Client, createClient } from "@signalbox/client";
import { RouterProvider } from "@tanstack/react-router";
import { useCallback, useEffect, useState } from "react";
import { ClientProvider, wakeWithThePage } from "../stores/client.tsx";
import { gatewayUrl } from "../stores/place.ts";
import { browserPlaces, forgetToken, keepToken, takeToken } from "../stores/token.ts";
import { useReadable } from "../stores/use-readable.ts";
import { createAppRouter } from "./router.tsx";
import { TokenContext } from "./token-context.ts";
import { TokenPage } from "./token-page.tsx";
import { useAdmission } from "./use-admission.ts";

export function App() {
  const [token, setToken] = useState(() => takeToken(browserPlaces()));
  const use = useCallback((next: string) => {
    keepToken(localStorage, next);
    setToken(next);
  }, []);
  const forget = useCallback(() => {
    forgetToken(localStorage);
    setToken(undefined);
  }, []);
  const admission = useAdmission(token);

  if (admission === "asking") return null;
  if (admission !== "admitted") {
    return <TokenPage refused={admission === "refused" && token !== undefined} onToken={use} />;
  }
  // Another token is another connection, with nothing carried over.
  return (
    <TokenContext value={{ forget }}>
      <Admitted key={token} token={token} onToken={use} />
    </TokenContext>
  );
}

function Admitted({ token, onToken }: { token: string | undefined; onToken: (token: string) => void }) {
  const client = useConnection(token);
  const [router] = useState(createAppRouter);
  if (!client) return null;
  return (
    <ClientProvider value={client}>
      <RefusedLater client={client} onToken={onToken}>
        <RouterProvider router={router} />
      </RefusedLater>
    </ClientProvider>
  );
}

/** One client for as long as this token is used. */
function useConnection(token: string | undefined): Client | undefined {
  const [client, setClient] = useState<Client>();
  useEffect(() => {
    const made = createClient({ url: gatewayUrl(), name: "dashboard", ...(token === undefined ? {} : { token }) });
    made.connect();
    const stopWaking = wakeWithThePage(made);
    const stopLooking = laterLooking(made);
    setClient(made);
    return () => {
      stopLooking();
      stopWaking();
      made.close();
    };
  }, [token]);
  return client;
}

/** Not needed for the first picture. */
function laterLooking(client: Client): () => void {
  let hasEnded = false;
  let stop = (): void => {};
  import("../notifications/looking.ts").then(
    ({ tellLooking }) => {
      if (!hasEnded) stop = tellLooking(client);
    },
    // Nobody is known to look then: they are told more than they need.
    () => {},
  );
  return () => {
    hasEnded = true;
    stop();
  };
}

/** The gateway may refuse a token that it took before: it was withdrawn, or the gateway is another one. */
function RefusedLater(props: { client: Client; onToken: (token: string) => void; children: React.ReactNode }) {
  const link = useReadable(props.client.link);
  const refused = link.state === "stopped" && /unauth|auth/.test(link.reason?.name ?? "");
  return refused ? <TokenPage refused onToken={props.onToken} /> : props.children;
}
