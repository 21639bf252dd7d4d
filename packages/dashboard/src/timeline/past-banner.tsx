/** On every page while the past is looked at: when that is, and the way back. */
import { useEffect } from "react";
import { Button } from "../components/button.tsx";
import { ago, moment, timeOfDay } from "../components/figures.ts";
import { ClockIcon, CopyIcon } from "../components/icons.tsx";
import { useNow } from "../stores/clock.ts";
import { useGoToMoment, useMoment } from "../stores/moment.ts";
import { toast } from "../stores/toasts.ts";

export function PastBanner() {
  const at = useMoment();
  return at === undefined ? null : <Past at={at} />;
}

function Past({ at }: { at: number }) {
  const now = useNow();
  const goTo = useGoToMoment();
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      // A dialog, a menu and a field have uses of their own for it.
      const elsewhere =
        event.target instanceof HTMLElement && event.target.closest("dialog,input,textarea,[role=menu]");
      if (event.key === "Escape" && !event.defaultPrevented && !elsewhere) goTo(undefined);
    };
    addEventListener("keydown", key);
    return () => removeEventListener("keydown", key);
  }, [goTo]);
  return (
    <div
      data-testid="past-banner"
      className="flex min-h-11 shrink-0 flex-wrap items-center gap-x-3 gap-y-1 border-b border-run bg-run-soft px-4 py-1.5 text-[13px] md:px-6"
    >
      <ClockIcon className="h-4 w-4 text-run" />
      <p className="min-w-0 flex-1" role="status">
        <strong className="text-run">
          <time title={moment(at)}>{timeOfDay(at)}</time> · {ago(now - at)}
        </strong>{" "}
        <span className="text-ink-2 max-md:block">
          You look at the past<span className="max-md:hidden">: nothing can be told to agents or decided here</span>.
        </span>
      </p>
      <span className="max-md:hidden">
        <CopyMoment />
      </span>
      <Button onClick={() => goTo(undefined)}>Back to now (Esc)</Button>
    </div>
  );
}

/** The address holds the moment: whoever opens it sees what is seen here. */
export function CopyMoment() {
  const copy = () => {
    navigator.clipboard.writeText(location.href).then(
      () => toast("Copied a link to this moment."),
      () => toast("The browser did not allow copying; the address of this page is the link.", "bad"),
    );
  };
  return (
    <Button look="quiet" onClick={copy}>
      <CopyIcon /> Copy link
    </Button>
  );
}
