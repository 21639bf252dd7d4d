/** The first visit: what this is, in three steps. In the way of nothing, and never again once it was put away. */
import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { Button } from "../components/button.tsx";
import { CloseIcon } from "../components/icons.tsx";
import { Lamp } from "../components/lamp.tsx";
import { useClient } from "../stores/client.tsx";
import { fleetOf } from "../stores/fleet.ts";
import { introduced, setIntroduced } from "../stores/introduced.ts";
import { useReadable } from "../stores/use-readable.ts";

const done = () => setIntroduced(true);

export function Introduction() {
  const isIntroduced = useReadable(introduced);
  const { items, loading } = useReadable(fleetOf(useClient()));
  const [isOpen, setOpen] = useState(false);
  if (isIntroduced || loading) return null;
  // Where something runs it is what people came for: the steps stay closed until they are wanted.
  if (items.size > 0 && !isOpen) {
    return (
      <div
        data-testid="introduction"
        className="flex shrink-0 items-center gap-2 border-b border-rule bg-panel px-4 py-1.5 md:px-6"
      >
        <p className="min-w-0 flex-1 truncate text-[13px] text-ink-2">New here? Three short steps.</p>
        <Button look="quiet" onClick={() => setOpen(true)}>
          Show
        </Button>
        <Button look="quiet" onClick={done} aria-label="Put the introduction away">
          <CloseIcon />
        </Button>
      </div>
    );
  }
  return (
    <section
      aria-label="Introduction"
      data-testid="introduction"
      className="flex shrink-0 flex-col gap-3 border-b border-rule bg-panel px-4 py-3 md:px-6"
    >
      <ol className="grid gap-x-6 gap-y-3 md:grid-cols-3">
        <Step n={1} title="A panel for your agents">
          Every agent, session and command has a line here. It says what it does, live, and keeps what it did.
        </Step>
        <Step n={2} title="One line puts yours on it">
          Write <code className="font-mono text-[13px] text-ink">npx signalbox run --</code> before any command.{" "}
          <Link to="/connect" className="text-run underline">
            Connect
          </Link>{" "}
          has a line for everything else.
        </Step>
        <Step n={3} title="Watch for amber">
          <Lamp name="waiting" silent className="mr-1 inline align-[-3px]" />
          waits for you, and stands first. Red failed or is lost. <Key>Ctrl K</Key> goes anywhere, <Key>?</Key> shows
          the keys.
        </Step>
      </ol>
      <Button className="self-start" onClick={done}>
        Got it
      </Button>
    </section>
  );
}

function Step({ n, title, children }: { n: number; title: string; children: ReactNode }) {
  return (
    <li className="flex gap-3">
      <span className="flex h-6 w-6 shrink-0 items-center justify-center rounded-full bg-run-soft text-xs font-semibold text-run">
        {n}
      </span>
      <div className="min-w-0">
        <h2 className="font-semibold">{title}</h2>
        <p className="text-[13px] text-ink-2">{children}</p>
      </div>
    </li>
  );
}

const Key = ({ children }: { children: ReactNode }) => (
  <kbd className="rounded border border-rule bg-raised px-1 font-mono text-xs">{children}</kbd>
);
