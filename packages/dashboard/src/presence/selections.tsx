/** What each points at in a session, and pointing at something oneself. */
import type { SessionSelection } from "@signalbox/core/reducers";
import { useRouter } from "@tanstack/react-router";
import { whoIs } from "../approvals/words.ts";
import { Button } from "../components/button.tsx";
import { RelativeTime } from "../components/relative-time.tsx";
import { useClient } from "../stores/client.tsx";
import { gatewayInfoOf } from "../stores/gateway-info.ts";
import { basePath } from "../stores/place.ts";
import { toast } from "../stores/toasts.ts";
import { useReadable } from "../stores/use-readable.ts";
import { calm } from "../text/visible.ts";
import { checkAddress, viewWords } from "./address.ts";
import { pointedOf, selectionOf } from "./selection.ts";
import { addressOf, useRoutes } from "./use-where.ts";

interface SelectionsProps {
  channel: string;
  sessionId: string;
  selections: readonly SessionSelection[];
}

export function Selections({ channel, sessionId, selections }: SelectionsProps) {
  const client = useClient();
  const { state } = useRouter();
  const { me } = useReadable(gatewayInfoOf(client));
  const point = (selection: unknown) => {
    client
      .publish({ type: "session_selection", channel, data: { sessionId, selection } })
      .catch((error: unknown) => toast(error instanceof Error ? error.message : String(error), "bad"));
  };
  const mine = selections.some(({ by }) => by === me);
  return (
    <div className="flex flex-col gap-1.5">
      {selections.length > 0 && (
        <ul className="flex flex-col gap-1" aria-label="What people point at">
          {selections.map((one) => (
            <OneSelection key={one.by} one={one} isMine={one.by === me} />
          ))}
        </ul>
      )}
      <div className="flex flex-wrap gap-2">
        <Button
          // The selection must outlive the press.
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => point(selectionOf(String(getSelection() ?? ""), addressOf(state.location.publicHref)))}
        >
          Point at what I selected
        </Button>
        {mine && <Button onClick={() => point(null)}>Point at nothing</Button>}
      </div>
    </div>
  );
}

function OneSelection({ one, isMine }: { one: SessionSelection; isMine: boolean }) {
  const { history } = useRouter();
  const { at, words } = pointedOf(one.selection, one.at);
  const address = checkAddress(at, useRoutes());
  const go = () => address && history.push(`${basePath.replace(/\/$/, "")}${address.path}${address.search}`);
  return (
    <li data-testid="selection" data-by={one.by} className="flex flex-wrap items-baseline gap-x-2 text-[13px]">
      <strong>{isMine ? "You" : whoIs(one.by)}</strong>
      <span className="text-ink-2">{isMine ? "point at" : "points at"}</span>
      {words !== "" && <span className="min-w-0 [overflow-wrap:anywhere]">{calm(words)}</span>}
      {address && (
        <button type="button" onClick={go} className="cursor-pointer text-run hover:underline">
          {calm(viewWords(address))}
        </button>
      )}
      <span className="text-ink-2">
        <RelativeTime ms={one.updatedAt} />
      </span>
    </li>
  );
}
