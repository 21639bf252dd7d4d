/** Asks for the token, and says where it is. */
import { type FormEvent, useId, useState } from "react";
import { Button } from "../components/button.tsx";
import { useTitle } from "../components/page.tsx";
import { Signal } from "../components/signal.tsx";
import { tokenIn } from "../stores/token.ts";

interface TokenPageProps {
  refused: boolean;
  onToken: (token: string) => void;
}

export function TokenPage({ refused, onToken }: TokenPageProps) {
  useTitle("Token");
  const [pasted, setPasted] = useState("");
  const field = useId();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const token = tokenIn(pasted);
    if (token !== "") onToken(token);
  };
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
          ? "It was withdrawn, or belongs to another gateway. Paste a new one."
          : "Everything here belongs to whoever runs the gateway, so it asks who you are."}{" "}
        <code className="font-mono text-[13px] text-ink">signalbox serve</code> prints an address that ends in{" "}
        <code className="font-mono text-[13px] text-ink">#token=…</code>: open it, or paste it here.
      </p>
      <form onSubmit={submit} className="flex flex-col gap-2">
        <label htmlFor={field} className="font-medium">
          Token or address
        </label>
        <div className="flex gap-2">
          <input
            id={field}
            type="password"
            autoComplete="off"
            value={pasted}
            onChange={(event) => setPasted(event.target.value)}
            className="h-8 min-w-0 flex-1 rounded-md border border-rule-strong bg-raised px-2.5 font-mono text-[13px]"
          />
          <Button type="submit" look="strong" disabled={tokenIn(pasted) === ""}>
            Open the panel
          </Button>
        </div>
        <p className="text-[13px] text-ink-3">It stays in this browser, and goes nowhere but to this gateway.</p>
      </form>
    </main>
  );
}
