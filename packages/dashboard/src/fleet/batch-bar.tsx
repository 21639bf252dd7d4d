/** What is chosen, what it can be told, and how that goes. */
import type { CommandHandle } from "@signalbox/client";
import { type FormEvent, useEffect, useMemo, useState } from "react";
import { Button } from "../components/button.tsx";
import { count } from "../components/figures.ts";
import { SchemaForm, useSchemaForm } from "../forms/schema-form.tsx";
import { CommandProgress } from "../steering/command-progress.tsx";
import type { Desk, Offer } from "../steering/desk.ts";
import { stopMost, whoAre } from "../steering/stop.ts";
import { argsFrom, needs, offerTitle } from "../steering/words.ts";
import { useClient } from "../stores/client.tsx";
import { calm } from "../text/visible.ts";
import { commonOffers, type Looked, lookAt, looksMost, standardOffers, tellable } from "./batch.ts";
import type { FleetItem } from "./item.ts";

/** Who has not begun by then is not told later, when nobody expects it. */
const ttlMs = 60_000;

interface BatchBarProps {
  items: ReadonlyMap<string, FleetItem>;
  selected: ReadonlySet<string>;
  /** What the filter shows. */
  shown: readonly string[];
  onAll: () => void;
  onOnlyShown: () => void;
  onClear: () => void;
}

export function BatchBar({ items, selected, shown, onAll, onOnlyShown, onClear }: BatchBarProps) {
  const client = useClient();
  const [chosen, setChosen] = useState<Offer>();
  const [handle, setHandle] = useState<CommandHandle>();
  const isShown = new Set(shown);
  const chosenItems = [...selected].flatMap((key) => items.get(key) ?? []);
  const hidden = chosenItems.filter(({ key }) => !isShown.has(key)).length;
  const { can, cannot } = tellable(chosenItems);
  const targets = can.map(({ key }) => key);
  const tooMany = targets.length > stopMost;
  return (
    <section
      aria-label="What is selected"
      data-testid="batch"
      className="mx-4 mb-3 flex flex-col gap-3 rounded-lg border border-run bg-raised p-3 md:mx-6"
    >
      <div className="flex flex-wrap items-center gap-2 text-[13px]">
        <strong data-testid="batch-count">{count(chosenItems.length)} selected</strong>
        {hidden > 0 && (
          <>
            <span className="text-wait">{count(hidden)} of them not shown by the filter</span>
            <Button look="quiet" className="h-7" onClick={onOnlyShown}>
              Keep only those shown
            </Button>
          </>
        )}
        {shown.some((key) => !selected.has(key)) && (
          <Button look="quiet" className="h-7" onClick={onAll}>
            Select all {count(shown.length)} shown
          </Button>
        )}
        {!handle && (
          <Button look="quiet" className="h-7" onClick={onClear}>
            Clear
          </Button>
        )}
        {cannot.length > 0 && (
          <span className="text-ink-2">{count(cannot.length)} cannot be told: sessions, and what has ended.</span>
        )}
      </div>
      {handle ? (
        <CommandProgress handle={handle} onClose={() => setHandle(undefined)} />
      ) : chosen ? (
        <Confirm
          key={chosen.name}
          offer={chosen}
          targets={can}
          hidden={hidden}
          onBack={() => setChosen(undefined)}
          onGive={(args) => {
            setChosen(undefined);
            setHandle(client.command(targets, chosen.name, args, { ttlMs }));
          }}
        />
      ) : tooMany ? (
        <p className="text-[13px] text-ink-2">One command reaches {count(stopMost)} at most: select fewer.</p>
      ) : (
        targets.length > 0 && <Offers targets={targets} onChoose={setChosen} />
      )}
    </section>
  );
}

interface OffersProps {
  targets: readonly string[];
  onChoose: (offer: Offer) => void;
}

function Offers({ targets, onChoose }: OffersProps) {
  const looked = useLooked(targets);
  if (targets.length > looksMost)
    return (
      <div className="flex flex-wrap items-center gap-2">
        <OfferButtons offers={standardOffers} onChoose={onChoose} />
        <span className="text-[13px] text-ink-2">
          What each understands is looked up for {count(looksMost)} at most; who does not understand one of these says
          so.
        </span>
      </div>
    );
  if (looked.length < targets.length)
    return (
      <p role="status" className="text-[13px] text-ink-2">
        Asking what they understand: {count(looked.length)} of {count(targets.length)}
      </p>
    );
  const { offers, left } = commonOffers(looked);
  const unknown = looked.filter(({ error }) => error !== undefined);
  return (
    <div className="flex flex-wrap items-center gap-2">
      <OfferButtons offers={offers} onChoose={onChoose} />
      {offers.length === 0 && (
        <span className="text-[13px] text-ink-2">There is nothing that all of them understand.</span>
      )}
      {left.length > 0 && (
        <span className="min-w-0 text-xs break-words text-ink-3">
          Not offered: {left.map(({ name, why }) => `${calm(name)} (${why})`).join(", ")}
        </span>
      )}
      {unknown.length > 0 && (
        <span className="min-w-0 text-xs break-words text-stop">
          {count(unknown.length)} could not be asked: {calm(unknown[0]?.error ?? "")}
        </span>
      )}
    </div>
  );
}

const OfferButtons = ({ offers, onChoose }: { offers: readonly Offer[]; onChoose: (offer: Offer) => void }) =>
  offers.map((offer) => (
    <Button
      key={offer.name}
      data-command={offer.name}
      title={offer.description && calm(offer.description)}
      onClick={() => onChoose(offer)}
    >
      {calm(offerTitle(offer))}…
    </Button>
  ));

/** What each understands; anew when others are chosen. */
function useLooked(targets: readonly string[]): readonly Looked[] {
  const client = useClient();
  const [looked, setLooked] = useState<readonly Looked[]>([]);
  const all = targets.join(" ");
  useEffect(() => {
    const channels = all.split(" ");
    if (channels.length > looksMost) return;
    const ended = new AbortController();
    setLooked([]);
    const ask = (channel: string): Promise<Desk> =>
      client.request<Desk>(`/v1/channels/${encodeURIComponent(channel)}/steering`, { signal: ended.signal });
    void lookAt(channels, ask, (now) => !ended.signal.aborted && setLooked(now));
    return () => ended.abort();
  }, [client, all]);
  // Of those chosen before: not of these.
  return useMemo(() => {
    const wanted = new Set(all.split(" "));
    return looked.filter(({ channel }) => wanted.has(channel));
  }, [looked, all]);
}

interface ConfirmProps {
  offer: Offer;
  targets: readonly FleetItem[];
  hidden: number;
  onBack: () => void;
  onGive: (args: unknown) => void;
}

/** Says how many, and which, before anything is told. */
function Confirm({ offer, targets, hidden, onBack, onGive }: ConfirmProps) {
  const form = useSchemaForm(offer.args);
  const [fault, setFault] = useState<string>();
  const takesArgs = needs(offer) === "form";
  const title = calm(offerTitle(offer));
  const who = whoAre(targets.map(({ key }) => key));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!takesArgs) return onGive(undefined);
    const read = form.read();
    if (read.ok) onGive(argsFrom(offer, read.value));
    else setFault(read.fault);
  };
  return (
    <form
      onSubmit={submit}
      aria-label={`${title}: who is told`}
      data-testid="batch-confirm"
      className="flex flex-col gap-3"
    >
      <p className="text-[13px]">
        <strong>{title}</strong> is told to {who}
        {hidden > 0 && `, ${count(hidden)} of what is selected not shown by the filter`}:
      </p>
      <ul
        aria-label="Who is told"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        tabIndex={0}
        className="flex max-h-28 flex-wrap gap-x-4 gap-y-0.5 overflow-y-auto rounded-md bg-sunken px-2 py-1 text-[13px]"
      >
        {targets.map((item) => (
          <li key={item.key} className="max-w-full truncate" title={calm(item.key)}>
            {calm(item.title)}
          </li>
        ))}
      </ul>
      {takesArgs && (
        <div className="max-w-xl">
          <SchemaForm form={form} label={`Arguments of ${title}`} />
        </div>
      )}
      {fault && (
        <p role="alert" className="text-[13px] text-stop">
          {calm(fault)}
        </p>
      )}
      <div className="flex gap-2">
        <Button type="submit" look={offer.name === "cancel" ? "stop" : "strong"}>
          {title} {who}
        </Button>
        <Button onClick={onBack}>Back</Button>
      </div>
    </form>
  );
}
