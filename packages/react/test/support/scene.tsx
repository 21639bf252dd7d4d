/** The suite's scenes as React components. */
import {
  SignalboxProvider,
  useApprovals,
  useChannel,
  useCommand,
  useConnection,
  usePresence,
  useSnapshot,
} from "@signalbox/react";
import type { Part, Scene } from "@signalbox/testkit/bindings";
import { useRef } from "react";

type Of<Kind extends Part["kind"]> = Extract<Part, { kind: Kind }>;

function Log({ channel, last }: Of<"log">) {
  const { events, status, error } = useChannel(channel, last === undefined ? {} : { last });
  return (
    <section data-part="log" data-status={status} data-error={error?.name}>
      <ul>
        {events
          .filter(({ type }) => type === "tick")
          .map(({ offset, data }) => (
            <li key={offset} data-item={(data as { n: number }).n} />
          ))}
      </ul>
    </section>
  );
}

function State({ channel }: Of<"state">) {
  const { state, status } = useSnapshot<object>(channel);
  return (
    <section data-part="state" data-status={status}>
      {JSON.stringify(state)}
    </section>
  );
}

function Link() {
  const { state, reason } = useConnection();
  return <section data-part="link" data-state={state} data-reason={reason?.name} />;
}

function Desk({ target }: Of<"desk">) {
  const { give, command } = useCommand(target);
  const given = useRef<ReturnType<typeof give>>(null);
  return (
    <section data-part="desk" data-state={command?.state}>
      <button
        type="button"
        data-do="pause"
        onClick={() => {
          given.current = give("pause");
        }}
      />
      <button type="button" data-do="cancel" onClick={() => void given.current?.cancel()} />
    </section>
  );
}

function Approvals({ pattern }: Of<"approvals">) {
  const { open, ended, status, decide } = useApprovals(pattern);
  return (
    <section data-part="approvals" data-status={status} data-ended={ended[0]?.decision}>
      {open.map(({ checkpointId }) => (
        <li key={checkpointId} data-item={checkpointId}>
          <button
            type="button"
            data-do={checkpointId}
            onClick={() => void decide(checkpointId, { decision: "approve" })}
          />
        </li>
      ))}
    </section>
  );
}

function Here({ channel, name, view }: Of<"here">) {
  const { members, status } = usePresence(channel, { name, state: { view } });
  return (
    <section data-part="here" data-status={status} data-views={members.map(({ state }) => String(state?.view)).join()}>
      {members.map((member) => member.name).join()}
    </section>
  );
}

function One({ part }: { part: Part }) {
  if (part.kind === "log") return <Log {...part} />;
  if (part.kind === "state") return <State {...part} />;
  if (part.kind === "link") return <Link />;
  if (part.kind === "desk") return <Desk {...part} />;
  if (part.kind === "approvals") return <Approvals {...part} />;
  return <Here {...part} />;
}

export function SceneOf({ url, token, parts }: Scene) {
  return (
    <SignalboxProvider url={url} token={token}>
      {parts.map((part, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a part that changes stays the component it was.
        <One key={`${part.kind} ${at}`} part={part} />
      ))}
    </SignalboxProvider>
  );
}
