/** A gateway elsewhere does not answer this page. The browser does not tell whether it is away or refuses. */
import { useEffect } from "react";
import { Button } from "../components/button.tsx";
import { useTitle } from "../components/page.tsx";
import { Signal } from "../components/signal.tsx";
import { gateway } from "../stores/place.ts";
import { OtherGateway } from "./other-gateway.tsx";

const againMs = 5_000;

export function GatewayAway({ again }: { again: () => void }) {
  useTitle("No answer");
  useEffect(() => {
    const timer = setInterval(again, againMs);
    return () => clearInterval(timer);
  }, [again]);
  const { url } = gateway();
  const isMixed = location.protocol === "https:" && url.startsWith("http:");
  return (
    <main
      className="mx-auto flex min-h-full max-w-xl flex-col justify-center gap-4 px-5 py-10"
      data-testid="gateway-away"
    >
      <Signal aspect="danger" className="h-12 w-12" />
      <h1 className="text-xl font-semibold">The gateway does not answer this page</h1>
      <p className="text-ink-2">
        <OtherGateway says="This page was told to show" />
      </p>
      <ul className="flex list-disc flex-col gap-2 pl-5 text-ink-2">
        <li>
          It may not run: look at{" "}
          <a className="text-run underline" href={`${url}/health/live`} rel="noreferrer" target="_blank">
            {url}/health/live
          </a>
          .
        </li>
        <li>
          It may refuse pages of other origins, as it does unless told: name this one in its configuration,{" "}
          <code className="font-mono text-[13px] break-all text-ink">{`"allowedOrigins": ["${location.origin}"]`}</code>
          , and start it again.
        </li>
        {isMixed && (
          <li>This page came over https: browsers let it use only gateways with https, or on this machine.</li>
        )}
      </ul>
      <div className="flex items-center gap-3">
        <Button look="strong" onClick={again}>
          Try again
        </Button>
        <span className="text-[13px] text-ink-3">It is tried every {againMs / 1_000} s.</span>
      </div>
    </main>
  );
}
