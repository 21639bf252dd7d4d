/** One line to paste for each source, and the proof that it arrived. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { use, useState } from "react";
import { TokenContext } from "../app/token-context.ts";
import { Button } from "../components/button.tsx";
import { CopyLine } from "../components/copy-line.tsx";
import { PageHead } from "../components/page.tsx";
import { gateway } from "../stores/place.ts";
import { Arrived } from "./arrived.tsx";
import { kindWords, type SourceKind } from "./kinds.ts";
import { SourcePanel } from "./source-panel.tsx";
import { sourcesFor } from "./sources.ts";

const kinds = Object.keys(kindWords) as SourceKind[];

export function ConnectPage() {
  const { kind } = useSearch({ from: "/connect" });
  const navigate = useNavigate();
  const choose = (next: SourceKind | undefined) =>
    void navigate({ to: "/connect", search: next === undefined ? {} : { kind: next }, replace: true });
  const { token } = use(TokenContext);
  const [isTokenShown, setTokenShown] = useState(false);
  const { url } = gateway();
  const sources = sourcesFor({ url, token: isTokenShown ? token : undefined });
  return (
    <>
      <PageHead title="Connect">
        <span className="text-[13px] text-ink-2">
          to <code className="font-mono break-all text-ink">{url}</code>
        </span>
      </PageHead>
      <div className="min-h-0 flex-1 overflow-y-auto border-t border-rule px-4 py-4 md:px-6">
        <div className="flex max-w-5xl flex-col gap-4">
          <Arrived />
          {token !== undefined && (
            <div className="flex flex-col gap-2">
              <div className="flex flex-wrap items-center gap-3">
                <Button aria-pressed={isTokenShown} onClick={() => setTokenShown(!isTokenShown)}>
                  Show with my token
                </Button>
                <p className="min-w-0 flex-1 basis-64 text-[13px] text-ink-2">
                  {isTokenShown
                    ? "Whoever sees these lines can do what you can do here: for programs make keys of their own, with signalbox keys."
                    : "The lines take the token from SIGNALBOX_TOKEN. Say it once in each terminal; beside the gateway it is in a file:"}
                </p>
              </div>
              {!isTokenShown && <CopyLine text={tokenLine} says="the token from its file" whole />}
            </div>
          )}
          <fieldset className="flex flex-wrap gap-2" aria-label="Kinds">
            <Button aria-pressed={kind === undefined} onClick={() => choose(undefined)}>
              All
            </Button>
            {kinds.map((one) => (
              <Button key={one} aria-pressed={kind === one} onClick={() => choose(one)}>
                {kindWords[one]}
              </Button>
            ))}
          </fieldset>
          <div className="grid grid-cols-1 gap-4 lg:grid-cols-2">
            {sources
              .filter((source) => kind === undefined || source.kind === kind)
              .map((source) => (
                <SourcePanel key={source.id} source={source} />
              ))}
          </div>
          <div className="flex flex-col gap-2 pb-6">
            <p className="text-[13px] text-ink-2">Nothing arrives? This says what is wrong, and how to mend it:</p>
            <CopyLine text="npx signalbox doctor" says="look for faults" />
          </div>
        </div>
      </div>
    </>
  );
}

const tokenLine = 'export SIGNALBOX_TOKEN="$(cat .signalbox/admin-token)"';
