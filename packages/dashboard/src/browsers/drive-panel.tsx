/** Who drives, who watches, and taking, giving and releasing control. */
import { presence } from "@signalbox/client/presence";
import { useEffect, useMemo, useState } from "react";
import { Button } from "../components/button.tsx";
import { count } from "../components/figures.ts";
import { Panel } from "../components/panel.tsx";
import { RelativeTime } from "../components/relative-time.tsx";
import { useClient } from "../stores/client.tsx";
import { useReadable } from "../stores/use-readable.ts";
import { calm } from "../text/visible.ts";
import { drivingOf } from "./driving.ts";
import { useViewers } from "./use-viewers.ts";

export function DrivePanel({ channel }: { channel: string }) {
  const client = useClient();
  const driving = useMemo(() => drivingOf(client, channel), [client, channel]);
  const here = useMemo(() => presence(client, channel, { state: { watches: channel } }), [client, channel]);
  useEffect(() => driving.follow(), [driving]);
  // Who drives and is nowhere seen in the channel has left it after 30 s.
  useEffect(() => () => here.leave(), [here]);
  const { members, total, status, error } = useReadable(here);
  const { driver, since, busy, fault } = useReadable(driving.view);
  const [asking, setAsking] = useState(false);
  const viewers = useViewers(channel);
  const me = members.find(({ memberId }) => memberId === here.memberId);
  const mine = me && nameOf(me.principal);
  const others = [...new Set(members.map(({ principal }) => nameOf(principal)))].filter((one) => one !== mine);
  const take = (force: boolean) => {
    setAsking(false);
    void driving.take(force);
  };
  return (
    <>
      <Panel title="Who drives">
        <p className="text-[13px]" data-testid="driver" data-driver={driver ?? ""}>
          {driver === undefined ? (
            "Asking who drives"
          ) : driver === null ? (
            "Nobody: whoever may can type and click."
          ) : (
            <>
              <strong className="break-words">{driver === mine ? "You" : calm(driver)}</strong>
              {since !== undefined && (
                <>
                  {" "}
                  · <RelativeTime ms={since} />
                </>
              )}
            </>
          )}
        </p>
        <div className="flex flex-wrap gap-2">
          {driver === mine && mine !== undefined ? (
            <>
              <Button disabled={busy} onClick={() => void driving.release()}>
                Release
              </Button>
              {others.map((other) => (
                <Button key={other} disabled={busy} onClick={() => void driving.give(other)}>
                  Hand over to {calm(other)}
                </Button>
              ))}
            </>
          ) : driver === null || driver === undefined ? (
            <Button look="strong" disabled={busy || driver === undefined} onClick={() => take(false)}>
              Take control
            </Button>
          ) : asking ? (
            <>
              <Button look="stop" disabled={busy} onClick={() => take(true)}>
                Take it from {calm(driver)}
              </Button>
              <Button onClick={() => setAsking(false)}>Back</Button>
            </>
          ) : (
            <Button disabled={busy} onClick={() => setAsking(true)}>
              Take control…
            </Button>
          )}
        </div>
        {asking && driver && (
          <p className="text-[13px] text-ink-2">From then on what {calm(driver)} types is refused.</p>
        )}
        {fault && (
          <p role="alert" className="text-[13px] break-words text-stop">
            {calm(fault)}
          </p>
        )}
        <p className="text-xs text-ink-3">
          Who drives is the only one whose input commands are taken. Clicks and keys are not sent from this page yet.
        </p>
      </Panel>
      <Panel title="Who watches" beside={<span className="text-xs text-ink-3">{count(total)}</span>}>
        {error ? (
          <p className="text-[13px] text-ink-2">
            {error.name === "forbidden"
              ? "This token may not see who watches (it lacks the verb presence)."
              : calm(error.message)}
          </p>
        ) : (
          <ul className="flex flex-col gap-1 text-[13px]">
            {members.map(({ memberId, principal, name, sinceMs }) => (
              <li key={memberId} className="flex gap-2">
                <span className="min-w-0 flex-1 truncate" title={calm(nameOf(principal))}>
                  {calm(name ?? nameOf(principal))}
                  {memberId === here.memberId && " (this page)"}
                </span>
                <span className="text-ink-3">
                  <RelativeTime ms={sinceMs} />
                </span>
              </li>
            ))}
            {members.length === 0 && <li className="text-ink-2">{status === "left" ? "Nobody" : "Joining"}</li>}
            {viewers !== undefined && (
              <li className="text-ink-2" data-testid="viewers">
                {count(viewers)} {viewers === 1 ? "connection gets" : "connections get"} its pictures
              </li>
            )}
            {members.length < total && <li className="text-ink-3">and {count(total - members.length)} more</li>}
          </ul>
        )}
      </Panel>
    </>
  );
}

const nameOf = ({ kind, id }: { kind: string; id: string }): string => `${kind}:${id}`;
