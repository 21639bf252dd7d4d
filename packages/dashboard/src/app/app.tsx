/** The whole application: first the token, then the views. */
import { type Client, createClient } from "@signalbox/client";
import { RouterProvider } from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from "react";
import { later } from "../components/later.tsx";
import { ClientProvider, wakeWithThePage } from "../stores/client.tsx";
import { followLink } from "../stores/link-log.ts";
import { gateway } from "../stores/place.ts";
import { tappedFetch, tapSockets } from "../stores/tap.ts";
import { browserPlaces, forgetToken, keepToken, takeToken } from "../stores/token.ts";
import { type TokenDesk, tokenDesk } from "../stores/token-desk.ts";
import { askGateway, isSameWho, type Who } from "./ask-gateway.ts";
import { createAppRouter } from "./router.tsx";
import { TokenContext, type TokenUse } from "./token-context.ts";
import { useAdmission } from "./use-admission.ts";
import { useClockCheck } from "./use-clock-check.ts";

// None of these is in the first picture of who has come in.
const TokenPage = lazy(async () => ({ default: (await import("./token-page.tsx")).TokenPage }));
const GatewayAway = lazy(async () => ({ default: (await import("./gateway-away.tsx")).GatewayAway }));
const NoGateway = lazy(async () => ({ default: (await import("./no-gateway.tsx")).NoGateway }));
const TokenWatch = later(
  async () => (await import("./token-watch.tsx")).TokenWatch,
  () => null,
);

const places = () => browserPlaces(gateway());

tapSockets();

export function App() {
  const [token, setToken] = useState(() => takeToken(places()));
  const use = useCallback((next: string) => {
    keepToken(places(), next);
    setToken(next);
  }, []);
  const forget = useCallback(() => {
    forgetToken(places());
    setToken(undefined);
  }, []);
  const admission = useAdmission(token);

  if (admission.is === "asking") return null;
  // Somebody else's token is another connection, with nothing carried over.
  if (admission.is === "admitted")
    return <Admitted key={token} token={token} who={admission.who} onOther={use} onForget={forget} />;
  return (
    <Suspense>
      {admission.is === "away" && <GatewayAway again={admission.again} />}
      {admission.is === "none" && <NoGateway />}
      {admission.is === "refused" && <TokenPage refused={token !== undefined} onToken={use} />}
    </Suspense>
  );
}

interface AdmittedProps {
  token: string | undefined;
  who: Who | undefined;
  onOther: (token: string) => void;
  onForget: () => void;
}

function Admitted({ token, who, onOther, onForget }: AdmittedProps) {
  const connection = useConnection(token);
  const [router] = useState(createAppRouter);
  const client = connection?.client;
  const desk = connection?.desk;
  const use = useMemo<TokenUse>(
    () => ({
      who,
      token,
      desk,
      forget: onForget,
      replace: async (next) => {
        const answer = await askGateway(gateway().url, next).catch(() => undefined);
        if (answer === undefined || answer.is === "none") return "unreachable";
        if (answer.is === "refused") return "refused";
        if (!desk || !client || !isSameWho(who, answer.who)) onOther(next);
        else {
          keepToken(places(), next);
          desk.give(next);
          if (client.link.snapshot().state === "stopped") client.connect();
        }
        return "taken";
      },
    }),
    [who, token, onForget, onOther, desk, client],
  );
  if (!connection) return null;
  return (
    <TokenContext value={use}>
      <ClientProvider value={connection.client}>
        <Checked client={connection.client} />
        <RouterProvider router={router} />
        <TokenWatch />
      </ClientProvider>
    </TokenContext>
  );
}

function Checked({ client }: { client: Client }) {
  useClockCheck(client);
  return null;
}

interface Connection {
  client: Client;
  /** None where the gateway asks for no token. */
  desk: TokenDesk | undefined;
}

/** One client for as long as this person is here. */
function useConnection(token: string | undefined): Connection | undefined {
  const [connection, setConnection] = useState<Connection>();
  useEffect(() => {
    const desk = token === undefined ? undefined : tokenDesk(token);
    const options = {
      ...{ url: gateway().url, name: "dashboard" },
      ...(desk ? { token: () => desk.ask(client.link.snapshot()) } : {}),
    };
    const client: Client = createClient(options, { fetch: tappedFetch });
    const stopFollowing = followLink(client);
    client.connect();
    const stopWaking = wakeWithThePage(client);
    const stopLooking = laterLooking(client);
    setConnection({ client, desk });
    return () => {
      stopLooking();
      stopWaking();
      client.close();
      stopFollowing();
    };
  }, [token]);
  return connection;
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
