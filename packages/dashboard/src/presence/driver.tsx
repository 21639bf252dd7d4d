/** Who drives an agent or a browser by hand, and taking over, handing over and releasing it. */
import { DropdownMenu } from "radix-ui";
import { useEffect, useMemo, useState } from "react";
import { whoIs } from "../approvals/words.ts";
import { Badge } from "../components/badge.tsx";
import { Button } from "../components/button.tsx";
import { Dialog } from "../components/dialog.tsx";
import { deskOf } from "../steering/desk.ts";
import { useClient } from "../stores/client.tsx";
import { gatewayInfoOf } from "../stores/gateway-info.ts";
import { toast } from "../stores/toasts.ts";
import { useReadable } from "../stores/use-readable.ts";
import { aroundOf } from "./around.ts";
import { driverOf, giveDriving, releaseDriving, stayWhileDriving, takeDriving } from "./driver-store.ts";
import { peopleOf } from "./people.ts";

/** `channel`: `agent:ID`, `browser:ID` … */
export function Driver({ channel }: { channel: string }) {
  const client = useClient();
  const { driver } = useReadable(useMemo(() => driverOf(client, channel), [client, channel]));
  const { desk } = useReadable(useMemo(() => deskOf(client, channel), [client, channel]));
  const { me } = useReadable(gatewayInfoOf(client));
  const [asking, setAsking] = useState<Deed>();
  const isMe = driver !== null && driver !== undefined && driver === me;
  useEffect(() => {
    if (isMe) stayWhileDriving(client, channel, true);
  }, [client, channel, isMe]);
  if (driver === undefined) return null;
  const commands = desk?.commands ?? [];
  // An agent that declared no `input` is driven all the same: then whoever may give it anything is let try.
  const input = commands.find(({ name }) => name === "input");
  const may = input?.allowed ?? commands.some(({ allowed }) => allowed);
  const why = may ? undefined : "This token may not drive here (it lacks the verb command).";
  return (
    <div className="flex flex-wrap items-center gap-2" data-testid="driver" data-driver={driver ?? ""}>
      <span className="text-[13px] text-ink-2">Driving</span>
      <Badge tone={isMe ? "run" : driver === null ? "plain" : "wait"}>
        {driver === null ? "nobody" : isMe ? "you" : whoIs(driver)}
      </Badge>
      {isMe ? (
        <>
          <GiveMenu me={me} onGive={(to) => setAsking({ deed: "give", to })} />
          <Button onClick={() => setAsking({ deed: "release" })}>Release…</Button>
        </>
      ) : (
        <Button disabled={!may} title={why} onClick={() => setAsking({ deed: "take", from: driver })}>
          {driver === null ? "Drive…" : "Take over…"}
        </Button>
      )}
      {asking && <Ask channel={channel} deed={asking} onClose={() => setAsking(undefined)} />}
    </div>
  );
}

type Deed = { deed: "take"; from: string | null } | { deed: "give"; to: string } | { deed: "release" };

interface GiveMenuProps {
  me: string | undefined;
  onGive: (to: string) => void;
}

/** To somebody who is here: who is away could not drive. */
function GiveMenu({ me, onGive }: GiveMenuProps) {
  const { members } = useReadable(aroundOf(useClient()));
  const others = peopleOf(members, me).filter(({ isMe }) => !isMe);
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <Button
          disabled={others.length === 0}
          title={others.length === 0 ? "Nobody else is here to hand it to." : undefined}
        >
          Hand over…
        </Button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          sideOffset={6}
          align="start"
          collisionPadding={8}
          className="z-40 max-h-72 min-w-44 overflow-y-auto rounded-lg border border-rule bg-raised p-1 text-[13px] shadow-float"
        >
          {others.map(({ principal }) => (
            <DropdownMenu.Item
              key={principal}
              onSelect={() => onGive(principal)}
              className="flex h-8 cursor-pointer items-center rounded-md px-2 outline-none data-[highlighted]:bg-sunken"
            >
              {whoIs(principal)}
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

/** What it will do, before it does. */
function Ask({ channel, deed, onClose }: { channel: string; deed: Deed; onClose: () => void }) {
  const client = useClient();
  const [isSending, setSending] = useState(false);
  const { title, says, does } = wordsOf(deed);
  const run = async () => {
    setSending(true);
    try {
      if (deed.deed === "take") await takeDriving(client, channel, deed.from !== null);
      else if (deed.deed === "give") await giveDriving(client, channel, deed.to);
      else await releaseDriving(client, channel);
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error), "bad");
    }
    onClose();
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <p className="text-[13px]">{says}</p>
      <div className="flex gap-2">
        <Button look="strong" disabled={isSending} onClick={() => void run()}>
          {does}
        </Button>
        <Button onClick={onClose}>Back</Button>
      </div>
    </Dialog>
  );
}

function wordsOf(deed: Deed): { title: string; says: string; does: string } {
  if (deed.deed === "release") {
    return { title: "Release it?", says: "Nobody drives then: anybody may give it input.", does: "Release it" };
  }
  if (deed.deed === "give") {
    const to = whoIs(deed.to);
    return { title: `Hand it to ${to}?`, says: `Only ${to} can give it input then.`, does: `Hand it to ${to}` };
  }
  const only = "Only you can give it input then, until you release it or your pages are gone for 30 s.";
  if (deed.from === null) return { title: "Drive it?", says: only, does: "Drive it" };
  const from = whoIs(deed.from);
  const says = `${from} drives it now, and what they type is refused from then on. ${only}`;
  return { title: `Take over from ${from}?`, says, does: "Take over" };
}
