/** From a bar or a mark to its event, in the feed of whoever published it. */
import { useNavigate } from "@tanstack/react-router";
import { useCallback } from "react";
import type { Bar, Mark } from "./bars.ts";
import { laneTitle } from "./words.ts";

export function useOpenEvent(): (channel: string, item: Bar | Mark) => void {
  const navigate = useNavigate();
  return useCallback(
    (channel, item) => {
      const { kind, id } = laneTitle(channel);
      const at = "at" in item ? item.at : Number.isFinite(item.end) ? item.end : item.start;
      const search = { at, event: `${channel}@${item.offset}` };
      if (kind === "agent") void navigate({ to: "/agents/$id", params: { id }, search });
      else if (kind === "session") void navigate({ to: "/sessions/$id", params: { id }, search });
      else if (kind === "process") void navigate({ to: "/processes/$id", params: { id }, search: { at } });
    },
    [navigate],
  );
}
