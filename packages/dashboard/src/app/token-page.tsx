/** Asks for the token, and says where it is. */
import { useTitle } from "../components/page.tsx";
import { Signal } from "../components/signal.tsx";
import { gateway } from "../stores/place.ts";
import { OtherGateway } from "./other-gateway.tsx";
import { TokenForm } from "./token-form.tsx";

interface TokenPageProps {
  refused: boolean;
  onToken: (token: string) => void;
}

export function TokenPage({ refused, onToken }: TokenPageProps) {
  useTitle("Token");
  return (
    <main
      className="mx-auto flex min-h-full max-w-md flex-col justify-center gap-5 px-5 py-10"
      data-testid="token-page"
    >
      <Signal aspect={refused ? "danger" : "caution"} className="h-12 w-12" />
      <h1 className="text-xl font-semibold">
        {refused ? "The gateway refused this token" : "This panel needs a token"}
      </h1>
      <p className="text-ink-2">
        {refused
          ? "It was withdrawn, has ended, or belongs to another gateway. Paste a new one."
          : "Everything here belongs to whoever runs the gateway, so it asks who you are."}{" "}
        <code className="font-mono text-[13px] text-ink">signalbox serve</code> prints an address that ends in{" "}
        <code className="font-mono text-[13px] text-ink">#token=…</code>: open it, or paste it here.
      </p>
      <TokenForm action="Open the panel" onToken={onToken}>
        {gateway().isOwn ? (
          "It stays in this browser, and goes nowhere but to this gateway."
        ) : (
          <OtherGateway says="It stays in this browser, and goes nowhere but to" />
        )}
      </TokenForm>
    </main>
  );
}
