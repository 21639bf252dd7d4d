/** Where a token is pasted. */
import { type FormEvent, type ReactNode, useId, useState } from "react";
import { Button } from "../components/button.tsx";
import { tokenIn } from "../stores/token.ts";

interface TokenFormProps {
  action: string;
  busy?: boolean;
  onToken: (token: string) => void;
  children: ReactNode;
}

export function TokenForm({ action, busy = false, onToken, children }: TokenFormProps) {
  const [pasted, setPasted] = useState("");
  const field = useId();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const token = tokenIn(pasted);
    if (token !== "") onToken(token);
  };
  return (
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
        <Button type="submit" look="strong" disabled={busy || tokenIn(pasted) === ""}>
          {action}
        </Button>
      </div>
      <div className="text-[13px] text-ink-3">{children}</div>
    </form>
  );
}
