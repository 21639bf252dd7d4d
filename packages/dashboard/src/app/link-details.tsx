/** What there is to know about the link, on request. */
import { Popover } from "radix-ui";
import { Button } from "../components/button.tsx";
import { count, duration, timeOfDay } from "../components/figures.ts";
import { useClient } from "../stores/client.tsx";
import { useNow } from "../stores/clock.ts";
import { byGateway, skewMs } from "../stores/gateway-clock.ts";
import { linkWords } from "../stores/link.ts";
import { useReadable } from "../stores/use-readable.ts";
import { LinkFace } from "./link-face.tsx";

export function LinkDetails() {
  const client = useClient();
  const link = useReadable(client.link);
  const skew = useReadable(skewMs);
  const words = linkWords(link, (ms) => timeOfDay(byGateway(ms)));
  return (
    <Popover.Root>
      <Popover.Trigger asChild>
        <LinkFace />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          sideOffset={6}
          collisionPadding={12}
          className="z-40 w-72 rounded-lg border border-rule bg-raised p-3 text-[13px] shadow-float"
        >
          <p className="font-semibold">{words.label}</p>
          <p className="mt-1 text-ink-2">{words.detail}</p>
          {link.queued > 0 && <p className="mt-1 text-ink-2">{link.queued} messages of yours wait for an answer.</p>}
          {link.notSent > 0 && (
            <p className="mt-1 text-ink-2" data-testid="not-sent">
              {count(link.notSent)} events were not sent: this connection is too slow for them.
            </p>
          )}
          {skew !== 0 && (
            <p className="mt-1 text-ink-2" data-testid="skew">
              This computer's clock is {duration(Math.abs(skew))} {skew > 0 ? "behind" : "ahead of"} the gateway's.
              Times here are the gateway's.
            </p>
          )}
          {link.retryAtMs !== undefined && <Retry atMs={byGateway(link.retryAtMs)} onNow={() => client.wake()} />}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Retry({ atMs, onNow }: { atMs: number; onNow: () => void }) {
  const seconds = Math.max(0, Math.ceil((atMs - useNow()) / 1_000));
  return (
    <div className="mt-2 flex items-center justify-between gap-2">
      <span className="text-ink-2">Next attempt in {seconds} s</span>
      <Button onClick={onNow}>Try now</Button>
    </div>
  );
}
