/** Budgets: what may be used, what was, and what followed. */
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { Badge } from "../components/badge.tsx";
import { Button } from "../components/button.tsx";
import { classes } from "../components/classes.ts";
import { CopyLine } from "../components/copy-line.tsx";
import { Dialog } from "../components/dialog.tsx";
import { EmptyState } from "../components/empty-state.tsx";
import { count } from "../components/figures.ts";
import { Panel } from "../components/panel.tsx";
import { RelativeTime } from "../components/relative-time.tsx";
import { useClient } from "../stores/client.tsx";
import { toast } from "../stores/toasts.ts";
import { calm } from "../text/visible.ts";
import { amountOf, type Bar, type BudgetReceipt, type BudgetRow, barsOf, emptyEntries, entriesOf } from "./budget.ts";
import { BudgetForm, sayRefusal } from "./budget-form.tsx";
import { type Polled, usePolled } from "./polled.ts";
import { Refusal } from "./refusal.tsx";

const everyMs = 3_000;

type Open = { what: "set" } | { what: "change" | "end"; budget: BudgetRow };

export function BudgetsTab() {
  const polled = usePolled<BudgetRow>("/v1/budgets", "budgets", everyMs);
  const [open, setOpen] = useState<Open>();
  const done = () => {
    setOpen(undefined);
    polled.renew();
  };
  const live = (polled.rows ?? []).filter(({ state }) => state !== "ended");
  return (
    <>
      <div className="flex flex-wrap items-center gap-2">
        <Button look="strong" onClick={() => setOpen({ what: "set" })}>
          Set a budget
        </Button>
        <Link to="/" className="text-[13px] text-run hover:underline">
          Stop a fleet: in the list of the fleet, Stop…
        </Link>
        {polled.cut && <span className="text-[13px] text-ink-3">Showing the first {count(live.length)}</span>}
      </div>
      {polled.error && <Refusal error={polled.error} what="see budgets" />}
      <Budgets polled={polled} live={live} onOpen={setOpen} />
      {open?.what === "set" && (
        <BudgetForm before={emptyEntries} isChange={false} onClose={() => setOpen(undefined)} onDone={done} />
      )}
      {open?.what === "change" && (
        <BudgetForm before={entriesOf(open.budget)} isChange onClose={() => setOpen(undefined)} onDone={done} />
      )}
      {open?.what === "end" && <EndDialog budget={open.budget} onClose={() => setOpen(undefined)} onDone={done} />}
    </>
  );
}

interface BudgetsProps {
  polled: Polled<BudgetRow>;
  live: readonly BudgetRow[];
  onOpen: (open: Open) => void;
}

function Budgets({ polled, live, onOpen }: BudgetsProps) {
  if (live.length === 0) {
    return (
      <EmptyState title={polled.rows ? "No budgets" : "Asking the gateway for its budgets"}>
        {polled.rows && (
          <>
            <p>A budget says what an agent, a session or the fleet may use; then its agents are told to pause.</p>
            <CopyLine text="npx signalbox budget global --cost 20" says="limit the fleet to 20 US dollars" />
          </>
        )}
      </EmptyState>
    );
  }
  return (
    <div className="grid min-w-0 gap-4 xl:grid-cols-2">
      {live.map((budget) => (
        <BudgetCard key={budget.scope} budget={budget} onOpen={onOpen} />
      ))}
    </div>
  );
}

const stateTones = { open: "done", warned: "wait", paused: "stop", cancelled: "stop" } as const;
const stateWords: Readonly<Record<string, string>> = {
  ...{
    open: "Within",
    warned: "Nearly used up",
    paused: "Used up: told to pause",
    cancelled: "Exceeded: told to cancel",
  },
};

function BudgetCard({ budget, onOpen }: { budget: BudgetRow; onOpen: BudgetsProps["onOpen"] }) {
  const { scope, state, setBy, setAt, since } = budget;
  const tone = stateTones[state as keyof typeof stateTones] ?? "plain";
  return (
    <Panel
      title={scope === "global" ? "global: the whole fleet" : calm(scope)}
      beside={
        <>
          <Badge tone={tone}>{stateWords[state] ?? calm(state)}</Badge>
          <span className="flex-1" />
          <Button className="h-7" onClick={() => onOpen({ what: "change", budget })}>
            Change
          </Button>
          <Button className="h-7" look="quiet" onClick={() => onOpen({ what: "end", budget })}>
            Remove
          </Button>
        </>
      }
    >
      {barsOf(budget).map((bar) => (
        <BudgetBar key={bar.measure} bar={bar} tone={tone} />
      ))}
      <p className="text-xs text-ink-3">
        Set <RelativeTime ms={setAt} /> by {calm(setBy)}; counts since <RelativeTime ms={since} />.
      </p>
      <Receipts budget={budget} />
    </Panel>
  );
}

const fills = { done: "bg-done", wait: "bg-wait-lit", stop: "bg-stop", plain: "bg-idle" } as const;

function BudgetBar({ bar, tone }: { bar: Bar; tone: keyof typeof fills }) {
  return (
    <div className="flex flex-col gap-1">
      <div className="flex flex-wrap justify-between gap-x-3 text-[13px]">
        <span className="text-ink-2">{bar.label}</span>
        <span className="font-medium">{bar.says}</span>
      </div>
      <div
        role="progressbar"
        aria-label={bar.label}
        aria-valuetext={bar.says}
        aria-valuenow={Math.round(bar.filled * 100)}
        aria-valuemin={0}
        aria-valuemax={100}
        className="relative h-3 rounded-sm bg-sunken"
      >
        <span
          className={classes("absolute inset-y-0 left-0 rounded-sm", fills[tone])}
          style={{ width: `${Math.min(100, bar.filled * 100)}%` }}
        />
        {bar.marks.map(({ at, word }) => (
          <span
            key={word}
            className="absolute -inset-y-0.5 w-0.5 bg-ink"
            style={{ left: `${at * 100}%` }}
            title={word}
          />
        ))}
      </div>
      <div className="relative h-4 text-[11px] text-ink-3" aria-hidden="true">
        {bar.marks.map(({ at, word }) => (
          <span key={word} className="absolute -translate-x-full pr-1" style={{ left: `${at * 100}%` }}>
            {word}
          </span>
        ))}
      </div>
    </div>
  );
}

const stages = [
  ["warned", "People were warned"],
  ["paused", "Agents were told to pause"],
  ["cancelled", "Agents were told to cancel"],
] as const;

/** What followed: asked for when somebody wants to see who did it. */
function Receipts({ budget }: { budget: BudgetRow }) {
  const client = useClient();
  const [told, setTold] = useState<BudgetRow>();
  const [wrong, setWrong] = useState("");
  const reached = stages.filter(([stage]) => budget[stage] !== undefined);
  if (reached.length === 0) return null;
  const ask = async () => {
    try {
      setTold(await client.request<BudgetRow>(`/v1/budgets/${encodeURIComponent(budget.scope)}`));
      setWrong("");
    } catch (error) {
      setWrong(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <div className="flex flex-col gap-1 border-t border-rule pt-2 text-[13px]">
      {reached.map(([stage, words]) => {
        const receipt = told?.[stage] ?? budget[stage];
        return receipt && <Receipt key={stage} words={words} receipt={receipt} />;
      })}
      {wrong !== "" && <p className="text-stop">{calm(wrong)}</p>}
      {(budget.paused ?? budget.cancelled) && (
        <Button look="quiet" className="h-7 self-start" onClick={() => void ask()}>
          {told ? "Look again who did it" : "Who did it?"}
        </Button>
      )}
    </div>
  );
}

function Receipt({ words, receipt: { at, used, given, counts, commands } }: { words: string; receipt: BudgetReceipt }) {
  const amounts = (["costUsd", "tokens", "seconds"] as const).flatMap((name) =>
    used[name] ? [amountOf(name, used[name])] : [],
  );
  return (
    <div>
      <p>
        {words} <RelativeTime ms={at} /> at {amounts.join(", ")}
        {given !== undefined && `; ${count(given)} ${given === 1 ? "agent" : "agents"}`}
        {counts &&
          `: ${Object.entries(counts)
            .map(([state, times]) => `${times} ${calm(state)}`)
            .join(", ")}`}
      </p>
      {commands && (
        <ul className="pl-4 text-xs text-ink-2">
          {commands.slice(0, 20).map(({ commandId, target, state, error }) => (
            <li key={commandId} className="break-words">
              {calm(target)}: {calm(state)} {error && calm(error)}
            </li>
          ))}
          {commands.length > 20 && <li>and {count(commands.length - 20)} more</li>}
        </ul>
      )}
    </div>
  );
}

function EndDialog({ budget, onClose, onDone }: { budget: BudgetRow; onClose: () => void; onDone: () => void }) {
  const client = useClient();
  const [wrong, setWrong] = useState("");
  const end = async () => {
    try {
      await client.publish({ type: "budget_set", channel: budget.scope, data: { scope: budget.scope, limits: {} } });
      toast(`${budget.scope} has no budget any more`);
      onDone();
    } catch (error) {
      setWrong(sayRefusal(error));
    }
  };
  return (
    <Dialog title={`Remove the budget of ${calm(budget.scope)}?`} onClose={onClose}>
      <p>
        Nothing limits it any more. Its count is forgotten; agents that were paused stay paused until they are resumed.
      </p>
      {wrong !== "" && (
        <p role="alert" className="text-[13px] text-stop">
          {calm(wrong)}
        </p>
      )}
      <div className="flex gap-2">
        <Button look="stop" onClick={() => void end()}>
          Remove it
        </Button>
        <Button onClick={onClose}>Keep it</Button>
      </div>
    </Dialog>
  );
}
