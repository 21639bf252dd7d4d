/** What this browser has: a token, and what is kept. */
import { use, useState } from "react";
import { OtherGateway } from "../app/other-gateway.tsx";
import { TokenContext } from "../app/token-context.ts";
import { TokenForm } from "../app/token-form.tsx";
import { Button } from "../components/button.tsx";
import { Dialog } from "../components/dialog.tsx";
import { Facts } from "../components/facts.tsx";
import { bytes } from "../components/figures.ts";
import { Panel } from "../components/panel.tsx";
import { Table } from "../components/table.tsx";
import { introduced, setIntroduced } from "../stores/introduced.ts";
import { gateway } from "../stores/place.ts";
import { toast } from "../stores/toasts.ts";
import { useReadable } from "../stores/use-readable.ts";
import { calm } from "../text/visible.ts";
import { MyRights } from "./my-rights.tsx";
import { forgetAll, type StoredPart, storedParts } from "./stored.ts";

export function ThisBrowser() {
  return (
    <>
      <Token />
      <Introduced />
      <Stored />
    </>
  );
}

const outcomes = {
  taken: "The new token is in use.",
  refused: "The gateway refused that token; the former one stays in use.",
  unreachable: "The gateway does not answer; the former token stays in use.",
} as const;

function Token() {
  const { who, token, forget, replace } = use(TokenContext);
  const { url, isOwn } = gateway();
  const give = async (next: string): Promise<void> => {
    const outcome = await replace(next);
    toast(outcomes[outcome], outcome === "taken" ? "plain" : "bad");
  };
  return (
    <Panel title="Token">
      <Facts
        facts={[
          [
            "Gateway",
            <code key="url" className="font-mono break-all">
              {url}
            </code>,
          ],
          ["You are", who && `${calm(who.id)} (${calm(who.kind)})`],
          [
            "Token",
            token === undefined ? "none: this gateway asks for none" : "kept in this browser, for this gateway alone",
          ],
        ]}
      />
      <MyRights />
      {!isOwn && (
        <p className="text-[13px] text-ink-2">
          <OtherGateway says="This page came from elsewhere and shows" />
        </p>
      )}
      {token !== undefined && (
        <>
          <TokenForm action="Use this one" onToken={(next) => void give(next)}>
            The same person goes on in the same view; for another one all is loaded anew.
          </TokenForm>
          <Button className="self-start" onClick={forget}>
            Forget the token in this browser
          </Button>
        </>
      )}
    </Panel>
  );
}

function Introduced() {
  const isIntroduced = useReadable(introduced);
  return (
    <Panel title="Introduction">
      <div className="flex flex-wrap items-center gap-3">
        <p className="text-[13px] text-ink-2">
          {isIntroduced
            ? "Three short steps on the fleet; you have put them away."
            : "It stands on the fleet until you put it away."}
        </p>
        {isIntroduced && <Button onClick={() => setIntroduced(false)}>Show it again</Button>}
      </div>
    </Panel>
  );
}

function Stored() {
  const [parts] = useState(() => storedParts(localStorage));
  const [isAsking, setAsking] = useState(false);
  const forget = () => {
    forgetAll(localStorage);
    location.reload();
  };
  return (
    <Panel title="Kept in this browser">
      <Table<StoredPart>
        label="Kept in this browser"
        rows={parts}
        keyOf={({ key }) => key}
        columns={[
          { name: "What", cell: ({ says }) => says },
          {
            name: "Under",
            cell: ({ key }) => <code className="font-mono text-xs break-all">{key}</code>,
            wideOnly: true,
          },
          { name: "Size", align: "right", cell: ({ bytes: size }) => bytes(size) },
        ]}
      />
      <Button className="self-start" onClick={() => setAsking(true)}>
        Forget everything…
      </Button>
      {isAsking && (
        <Dialog title="Forget everything in this browser?" onClose={() => setAsking(false)}>
          <p className="text-ink-2">
            The token, preferences and all else of the table is removed from this browser, and the page asks for a token
            again. Nothing on the gateway changes, and the token itself stays valid.
          </p>
          <div className="flex gap-2">
            <Button look="stop" onClick={forget}>
              Forget everything
            </Button>
            <Button onClick={() => setAsking(false)}>Keep it</Button>
          </div>
        </Dialog>
      )}
    </Panel>
  );
}
