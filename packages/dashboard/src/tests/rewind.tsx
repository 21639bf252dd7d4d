/** Back to when something failed: the session (or agent, or process) as it was then. */
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

interface RewindProps {
  channel: string;
  sessionId: string | undefined;
  at: number;
  children: ReactNode;
}

const look =
  "inline-flex h-8 items-center gap-1.5 rounded-md border border-rule bg-raised px-2.5 font-medium hover:border-rule-strong";

export function Rewind({ channel, sessionId, at, children }: RewindProps) {
  const [kind, ...rest] = channel.split(":");
  const id = sessionId ?? rest.join(":");
  const to =
    sessionId !== undefined || kind === "session"
      ? "/sessions/$id"
      : kind === "agent"
        ? "/agents/$id"
        : "/processes/$id";
  return (
    <Link to={to} params={{ id }} search={{ at }} data-testid="rewind" className={look}>
      {children}
    </Link>
  );
}
