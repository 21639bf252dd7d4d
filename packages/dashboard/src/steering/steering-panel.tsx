/** What an agent or a process can be told, what it was told and how that goes, and what it asks. */
import { approvals, commands } from "@signalbox/client/steering";
import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { Deadline } from "../approvals/deadline.tsx";
import { titleOf } from "../approvals/words.ts";
import { Button } from "../components/button.tsx";
import { count } from "../components/figures.ts";
import { Lamp } from "../components/lamp.tsx";
import { useClient } from "../stores/client.tsx";
import { useIsPast } from "../stores/moment.ts";
import { useReadable } from "../stores/use-readable.ts";
import { calm } from "../text/visible.ts";
import { CommandForm } from "./command-form.tsx";
import { CommandLine } from "./command-row.tsx";
import { type Desk, deskOf, type Offer } from "./desk.ts";
import { give, given, merged } from "./given.ts";
import { argsFrom, needs, offersOf, offerTitle, reasonAgainst } from "./words.ts";

/** Commands shown; the others are in the channel's events. */
const shownMost = 4;

interface SteeringPanelProps {
  channel: string;
  name: string;
  /** It is over: nothing more can be told to it. */
  over?: boolean;
}

export function SteeringPanel({ channel, name, over = false }: SteeringPanelProps) {
  const client = useClient();
  const { desk, error } = useReadable(useMemo(() => deskOf(client, channel), [client, channel]));
  const isPast = useIsPast();
  if (isPast) {
    return (
      <p className="px-4 pb-3 text-[13px] text-ink-2 md:px-6" data-testid="steering-past">
        You look at the past: commands can be given again when you are back at now (Esc).
      </p>
    );
  }
  return (
    <section aria-label="Commands" className="flex flex-col gap-2 px-4 pb-3 md:px-6" data-testid="steering">
      <Questions channel={channel} />
      {desk && !over ? (
        <Buttons key={channel} channel={channel} name={name} desk={desk} />
      ) : (
        error !== undefined && <p className="text-[13px] text-ink-2">Commands are not shown: {calm(error)}</p>
      )}
      <Life channel={channel} offers={desk?.commands ?? []} />
    </section>
  );
}

interface ButtonsProps {
  channel: string;
  name: string;
  desk: Desk;
}

function Buttons({ channel, name, desk }: ButtonsProps) {
  const client = useClient();
  const [chosen, setChosen] = useState<Offer>();
  const [anyway, setAnyway] = useState(false);
  const offers = offersOf(channel, desk);
  const against = reasonAgainst(channel, desk, offers);
  // A command to an agent waits for it; a process that nobody runs does not come back.
  const mayWait = desk.lease === undefined && channel.startsWith("agent:") && offers.some(({ allowed }) => allowed);
  const barred = against !== undefined && !(mayWait && anyway);
  const choose = (offer: Offer) => {
    if (needs(offer) === "nothing") give(client, channel, offer.name, undefined);
    else setChosen(offer);
  };
  return (
    <>
      <div className="flex flex-wrap items-center gap-2">
        {offers.map((offer) => (
          <Button
            key={offer.name}
            data-command={offer.name}
            disabled={barred || !offer.allowed}
            title={
              offer.allowed ? offer.description && calm(offer.description) : `This token may not give ${offer.name}.`
            }
            aria-expanded={needs(offer) === "nothing" ? undefined : chosen?.name === offer.name}
            onClick={() => choose(offer)}
          >
            {calm(offerTitle(offer))}
            {needs(offer) !== "nothing" && "…"}
          </Button>
        ))}
        {against !== undefined && (
          <span className="text-[13px] text-ink-2" data-testid="against">
            {against}
          </span>
        )}
        {mayWait && (
          <label className="flex items-center gap-2 text-[13px]">
            <input
              type="checkbox"
              checked={anyway}
              onChange={({ target }) => setAnyway(target.checked)}
              className="h-4 w-4 accent-(--run)"
            />
            Let it wait, for ten minutes at most
          </label>
        )}
      </div>
      {chosen && !barred && (
        <CommandForm
          key={chosen.name}
          offer={chosen}
          to={name}
          onBack={() => setChosen(undefined)}
          onGive={(entered) => {
            setChosen(undefined);
            give(client, channel, chosen.name, argsFrom(chosen, entered));
          }}
        />
      )}
    </>
  );
}

/** What was told, the newest first. */
function Life({ channel, offers }: { channel: string; offers: readonly Offer[] }) {
  const client = useClient();
  const own = useReadable(given).get(channel) ?? [];
  const { open, ended } = useReadable(commands(client, channel));
  const rows = merged(own, [...open, ...ended]);
  if (rows.length === 0) return null;
  return (
    <>
      <ul aria-label="What it was told" className="rounded-md border border-rule bg-panel px-3">
        {rows.slice(0, shownMost).map((row) => (
          <CommandLine
            key={row.commandId}
            row={row}
            title={offerTitle(offers.find(({ name }) => name === row.name) ?? row)}
          />
        ))}
      </ul>
      {rows.length > shownMost && (
        <p className="text-xs text-ink-3">
          The newest {shownMost} of {count(rows.length)} commands; all are among the events.
        </p>
      )}
    </>
  );
}

/** What it asks people, or what others ask for it. */
function Questions({ channel }: { channel: string }) {
  const { open } = useReadable(approvals(useClient()));
  const asked = open.filter(
    (one) => one.channel === channel || one.requestedBy === channel || `agent:${one.agentId}` === channel,
  );
  return asked.map((one) => (
    <Link
      key={one.checkpointId}
      to="/approvals"
      search={{ id: one.checkpointId }}
      className="flex items-center gap-3 rounded-md bg-wait-soft px-3 py-2 text-[13px] hover:underline"
    >
      <Lamp name="waiting_approval" silent />
      <span className="min-w-0 flex-1 truncate font-semibold">{titleOf(one)}</span>
      <span className="text-ink-2">
        <Deadline checkpoint={one} />
      </span>
      <span className="font-semibold text-wait">Review</span>
    </Link>
  ));
}
