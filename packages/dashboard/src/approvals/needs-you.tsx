/** On every page: what waits for a decision, first the one whose time is up first. */
import { approvals } from "@signalbox/client/steering";
import { Link, useRouterState } from "@tanstack/react-router";
import { useEffect } from "react";
import { count } from "../components/figures.ts";
import { Lamp } from "../components/lamp.tsx";
import { approvalCount } from "../components/page.tsx";
import { useClient } from "../stores/client.tsx";
import { useReadable } from "../stores/use-readable.ts";
import { Deadline } from "./deadline.tsx";
import { titleOf, whoIs } from "./words.ts";

export function NeedsYou() {
  const { open } = useReadable(approvals(useClient()));
  const onApprovals = useRouterState({
    select: ({ matches }) => matches.some(({ routeId }) => routeId === "/approvals"),
  });
  useEffect(() => approvalCount.set(open.length), [open.length]);
  const soonest = open.reduce<(typeof open)[number] | undefined>(
    (before, one) => (before && before.deadline <= one.deadline ? before : one),
    undefined,
  );
  if (!soonest || onApprovals) return null;
  const more = open.length - 1;
  return (
    <Link
      to="/approvals"
      search={{ id: soonest.checkpointId }}
      data-testid="needs-you"
      className="flex min-h-11 shrink-0 items-center gap-3 border-b border-rule bg-wait-soft px-4 py-1.5 hover:underline focus-visible:outline-offset-[-2px] md:px-6"
    >
      <Lamp name="waiting_approval" silent />
      <span className="min-w-0 flex-1">
        <span className="flex min-w-0 items-baseline gap-x-2 max-md:flex-col">
          <span className="max-w-full truncate font-semibold">{titleOf(soonest)}</span>
          <span className="max-w-full truncate text-[13px] text-ink-2">
            {whoIs(soonest.requestedBy)} asks · <Deadline checkpoint={soonest} />
          </span>
        </span>
      </span>
      <span className="text-[13px] font-semibold whitespace-nowrap text-wait">
        {more > 0 ? `Review, and ${count(more)} more` : "Review"}
      </span>
    </Link>
  );
}
