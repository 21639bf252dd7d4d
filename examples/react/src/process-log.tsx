import { useChannel, useCommand, useSnapshot } from "@signalbox/react";
import { type FormEvent, useEffect, useRef } from "react";
import type { Process } from "./app.tsx";

interface Output {
  output: string;
  stream?: string;
}

export function ProcessLog({ channel }: { channel: string }) {
  const { events, status } = useChannel(channel, { last: 500, filter: { types: ["process_output"] } });
  const { state } = useSnapshot<Process>(channel);
  const { give, command } = useCommand(channel);
  const end = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    if (events.length) end.current?.scrollIntoView({ block: "nearest" });
  }, [events]);

  const input = (submitted: FormEvent<HTMLFormElement>) => {
    submitted.preventDefault();
    const form = submitted.currentTarget;
    give("input", { text: `${new FormData(form).get("line")}\n` });
    form.reset();
  };
  // Somebody is there to do what it is told.
  const steerable = state?.lease === "held";
  return (
    <section aria-label={channel} data-status={status}>
      <div className="row">
        <h2>{state?.name ?? channel}</h2>
        <button type="button" disabled={!steerable} onClick={() => give("cancel")}>
          Stop
        </button>
      </div>
      <pre>
        {events.map(({ offset, data }) => {
          const { output, stream } = data as Output;
          return (
            <div key={offset} className={stream}>
              {output}
            </div>
          );
        })}
        <span ref={end} />
      </pre>
      <form onSubmit={input}>
        <input name="line" aria-label="Input" placeholder="A line of input" required disabled={!steerable} />
        <button type="submit" disabled={!steerable}>
          Send
        </button>
      </form>
      <small data-command={command?.state}>
        {command ? `${command.name}: ${command.state} ${command.error ?? ""}` : state?.status}
      </small>
    </section>
  );
}
