/** The token has ended, or is about to: asks for another over the view, which stays as it is. */
import { use, useEffect, useState } from "react";
import { Button } from "../components/button.tsx";
import { Dialog } from "../components/dialog.tsx";
import { useClient } from "../stores/client.tsx";
import { gateway } from "../stores/place.ts";
import { tokenKey } from "../stores/token.ts";
import { isAboutToken, type TokenDesk } from "../stores/token-desk.ts";
import { useReadable } from "../stores/use-readable.ts";
import { TokenContext } from "./token-context.ts";
import { TokenForm } from "./token-form.tsx";

export function TokenWatch() {
  const { desk } = use(TokenContext);
  return desk && <Watch desk={desk} />;
}

function Watch({ desk }: { desk: TokenDesk }) {
  const wanted = useReadable(desk.wanted);
  const link = useReadable(useClient().link);
  const { replace } = use(TokenContext);
  useOtherTabs(replace);
  const isStopped = link.state === "stopped" && isAboutToken(link);
  if (wanted === "ended" || isStopped) return <Ask ended />;
  return wanted === "ending" && <Ask ended={false} />;
}

/** Another tab of this browser was given one: it serves here too. */
function useOtherTabs(replace: (token: string) => Promise<unknown>): void {
  useEffect(() => {
    const onStorage = ({ key, newValue }: StorageEvent) => {
      if (key === tokenKey(gateway()) && newValue !== null) void replace(newValue);
    };
    addEventListener("storage", onStorage);
    return () => removeEventListener("storage", onStorage);
  }, [replace]);
}

const failures = {
  refused: "The gateway refused this one too: it has ended, was withdrawn, or belongs to another gateway.",
  unreachable: "The gateway does not answer; try again once it does.",
} as const;

function Ask({ ended }: { ended: boolean }) {
  const { replace, forget } = use(TokenContext);
  const [isAsking, setAsking] = useState(ended);
  const [result, setResult] = useState<"asking" | keyof typeof failures>();
  useEffect(() => setAsking(ended), [ended]);
  const give = async (token: string): Promise<void> => {
    setResult("asking");
    const answer = await replace(token);
    setResult(answer === "taken" ? undefined : answer);
  };
  if (!isAsking) {
    return (
      <div
        role="alert"
        data-testid="token-notice"
        className="fixed right-4 bottom-20 z-40 flex max-w-[calc(100vw-2rem)] items-center gap-3 rounded-lg border border-wait bg-raised px-3 py-2 shadow-float md:bottom-4"
      >
        {ended ? "Your token has ended: nothing new comes." : "Your token ends in less than a minute."}
        <Button onClick={() => setAsking(true)}>Give another</Button>
      </div>
    );
  }
  return (
    <Dialog title={ended ? "Your token has ended" : "Your token is about to end"} onClose={() => setAsking(false)}>
      <div className="flex flex-col gap-3" data-testid="token-dialog">
        <p className="text-ink-2">
          {ended
            ? "What you see is how it was. With another token this view goes on where it is, and what happened meanwhile follows."
            : "With another token all goes on without a pause."}{" "}
          Whoever gave you this one has the next, or <code className="font-mono text-[13px]">signalbox keys</code>.
        </p>
        <TokenForm action="Go on" busy={result === "asking"} onToken={(token) => void give(token)}>
          {result !== undefined && result !== "asking" && (
            <p role="alert" className="text-stop">
              {failures[result]}
            </p>
          )}
        </TokenForm>
        <Button look="quiet" className="self-start" onClick={forget}>
          Forget the token and leave
        </Button>
      </div>
    </Dialog>
  );
}
