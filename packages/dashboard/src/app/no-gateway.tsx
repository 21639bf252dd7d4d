/** The files of the dashboard are here, a gateway is not: asks where it is. */
import { type FormEvent, useId, useState } from "react";
import { Button } from "../components/button.tsx";
import { useTitle } from "../components/page.tsx";
import { Signal } from "../components/signal.tsx";
import { gateway, keepGateway } from "../stores/place.ts";
import { OtherGateway } from "./other-gateway.tsx";

export function NoGateway() {
  useTitle("No gateway");
  const { url, isOwn } = gateway();
  const [address, setAddress] = useState("");
  const [isWrong, setWrong] = useState(false);
  const field = useId();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (keepGateway(localStorage, address)) location.reload();
    else setWrong(true);
  };
  return (
    <main
      className="mx-auto flex min-h-full max-w-md flex-col justify-center gap-4 px-5 py-10"
      data-testid="no-gateway"
    >
      <Signal aspect="dark" className="h-12 w-12" />
      <h1 className="text-xl font-semibold">No gateway answers here</h1>
      <p className="text-ink-2">
        {isOwn ? (
          <>
            <strong className="font-mono font-medium break-all text-ink">{url}</strong> has the files of this panel, and
            no gateway. Where is it?
          </>
        ) : (
          <OtherGateway says="Something answers that is no gateway:" />
        )}
      </p>
      <form onSubmit={submit} className="flex flex-col gap-2">
        <label htmlFor={field} className="font-medium">
          Address of the gateway
        </label>
        <div className="flex gap-2">
          <input
            id={field}
            type="url"
            placeholder="https://box.example.org"
            value={address}
            onChange={({ target }) => setAddress(target.value)}
            className="h-8 min-w-0 flex-1 rounded-md border border-rule-strong bg-raised px-2.5 font-mono text-[13px]"
          />
          <Button type="submit" look="strong" disabled={address.trim() === ""}>
            Use it
          </Button>
        </div>
        {isWrong && <p className="text-[13px] text-stop">Write it with http:// or https:// in front.</p>}
        <p className="text-[13px] text-ink-3">
          It has to know this page: <code className="font-mono">{`"allowedOrigins": ["${location.origin}"]`}</code> in
          its configuration.
        </p>
      </form>
    </main>
  );
}
