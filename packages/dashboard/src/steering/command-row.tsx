/** The life of one command, as it goes on. */
import type { CommandRow } from "@signalbox/client";
import { useState } from "react";
import { Button } from "../components/button.tsx";
import { LampWord } from "../components/lamp.tsx";
import { RelativeTime } from "../components/relative-time.tsx";
import { Track } from "../components/track.tsx";
import { useClient } from "../stores/client.tsx";
import { calm } from "../text/visible.ts";
import { takeBack } from "./given.ts";
import { commandLamp, commandWord } from "./words.ts";

interface CommandLineProps {
  row: CommandRow;
  /** As whoever is to do it calls it. */
  title: string;
}

export function CommandLine({ row, title }: CommandLineProps) {
  const client = useClient();
  const [fault, setFault] = useState<string>();
  const { state, args, progress, issuedBy, issuedAt } = row;
  const waits = state === "queued" || state === "delivered";
  const back = () => {
    setFault(undefined);
    takeBack(client, row).catch((error: unknown) => setFault(error instanceof Error ? error.message : String(error)));
  };
  return (
    <li
      className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-rule py-1.5 text-[13px] last:border-0"
      data-testid="command"
      data-id={row.commandId}
      data-name={row.name}
      data-state={state}
    >
      <LampWord name={commandLamp[state]} word={commandWord[state]} className="w-26" />
      <span className="font-medium">{calm(title)}</span>
      {args !== undefined && (
        <code className="max-w-full truncate font-mono text-xs text-ink-2 max-md:order-1">
          {calm(JSON.stringify(args))}
        </code>
      )}
      {state === "started" && progress !== undefined && (
        <span className="w-40">
          <Track condition="running" progress={progress} />
        </span>
      )}
      <span className="min-w-0 flex-1 break-words text-ink-2 max-md:order-1 not-empty:max-md:basis-full">
        {calm(detail(row))}
      </span>
      {fault && <span className="text-stop">{calm(fault)}</span>}
      {waits && (
        <Button look="quiet" className="h-7" onClick={back}>
          Take back
        </Button>
      )}
      <span className="text-ink-3 max-md:ml-auto">
        {issuedBy !== undefined && `${calm(issuedBy)} · `}
        {issuedAt !== undefined && <RelativeTime ms={issuedAt} />}
      </span>
    </li>
  );
}

/** What there is to say beyond the state. */
function detail({ state, error, reason, message, result, code }: CommandRow): string {
  if (state === "failed" || state === "refused") return [error, code && `(${code})`].filter(Boolean).join(" ");
  if (state === "cancelled") return reason ?? "";
  if (state === "expired") return "Nobody began it in time.";
  if (state === "done" && result !== undefined) return JSON.stringify(result);
  return message ?? "";
}
