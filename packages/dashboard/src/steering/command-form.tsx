/** What a command needs before it is given: its arguments, or a person's yes. */
import { type FormEvent, useEffect, useRef, useState } from "react";
import { Button } from "../components/button.tsx";
import { SchemaForm, useSchemaForm } from "../forms/schema-form.tsx";
import { calm } from "../text/visible.ts";
import type { Offer } from "./desk.ts";
import { needs, offerTitle } from "./words.ts";

interface CommandFormProps {
  offer: Offer;
  /** What it is given to, as people call it. */
  to: string;
  onGive: (args: unknown) => void;
  onBack: () => void;
}

export function CommandForm({ offer, to, onGive, onBack }: CommandFormProps) {
  const form = useSchemaForm(offer.args);
  const [fault, setFault] = useState<string>();
  const title = calm(offerTitle(offer));
  const takesArgs = needs(offer) === "form";
  const place = useRef<HTMLFormElement>(null);
  useEffect(() => place.current?.querySelector<HTMLElement>("input, select, textarea, button")?.focus(), []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!takesArgs) return onGive(undefined);
    const read = form.read();
    if (read.ok) onGive(read.value);
    else setFault(read.fault);
  };
  return (
    <form
      ref={place}
      onSubmit={submit}
      onKeyDown={({ key }) => key === "Escape" && onBack()}
      aria-label={`${title}: what it takes`}
      data-testid="command-form"
      className="flex max-w-xl flex-col gap-3 rounded-lg border border-rule-strong bg-raised p-3"
    >
      <p className="text-[13px]">
        <strong>{title}</strong> · {calm(to)}
        {offer.description && <span className="text-ink-2"> – {calm(offer.description)}</span>}
      </p>
      {takesArgs && <SchemaForm form={form} label={`Arguments of ${title}`} />}
      {fault && (
        <p role="alert" className="text-[13px] text-stop">
          {fault}
        </p>
      )}
      <div className="flex gap-2">
        <Button type="submit" look={offer.name === "cancel" ? "stop" : "strong"}>
          {takesArgs ? title : `Yes, ${title.toLowerCase()}`}
        </Button>
        <Button onClick={onBack}>Back</Button>
      </div>
    </form>
  );
}
