/** What the page of approvals shows: of what waits now, or waited at the moment that is looked at, or has ended. */
import { approvals, type Checkpoint } from "@signalbox/client/steering";
import { type SessionState, sessionReducer } from "@signalbox/core/reducers";
import { useEffect, useMemo, useRef, useState } from "react";
import { useClient } from "../stores/client.tsx";
import { gatewayInfoOf } from "../stores/gateway-info.ts";
import { useMoment } from "../stores/moment.ts";
import { useReadable } from "../stores/use-readable.ts";
import { openAt } from "./at-moment.ts";
import { endedListOf, endedOf } from "./ended-list.ts";
import { matches } from "./filter.ts";
import { barredBy, mayDecideOf } from "./may-decide.ts";
import { type Arrangement, arrange, inOrder, nothingArranged } from "./order.ts";
import type { ApprovalsSearch } from "./search.ts";

export interface Inbox {
  /** All that wait, whatever the filter. */
  waiting: readonly Checkpoint[];
  /** Those that the filter shows, in the order of the list. */
  shown: readonly Checkpoint[];
  /** So many at the end of the list came after it was put in order. */
  fresh: number;
  putInOrder: () => void;
  /** More wait, or were decided, than could be read. */
  truncated: boolean;
  status: "loading" | "live" | "offline" | "refused" | "past";
  error: string | undefined;
  me: string | undefined;
  barred: (checkpoint: Checkpoint) => string | undefined;
}

export function useInbox(search: ApprovalsSearch): Inbox {
  const client = useClient();
  const at = useMoment();
  const live = useReadable(approvals(client));
  const list = endedListOf(client);
  const past = useReadable(list);
  const { me, aheadMs } = useReadable(gatewayInfoOf(client));
  const mayDecide = useReadable(mayDecideOf(client));
  const members = useSessionAgents(search.session);
  const isDecided = search.list === "decided";
  const needsPast = isDecided || at !== undefined;
  useEffect(() => {
    if (needsPast) list.wantList();
  }, [list, needsPast]);
  const waiting = useMemo(() => {
    if (at === undefined) return live.open;
    const all = new Map<string, Checkpoint>(live.open.map((one) => [one.checkpointId, one]));
    for (const one of past.known.values()) if (one) all.set(one.checkpointId, one);
    return openAt([...all.values()], at);
  }, [at, live.open, past.known]);
  useEffect(() => mayDecideOf(client).want(new Set(waiting.map(({ channel }) => channel))), [client, waiting]);

  const barred = (one: Checkpoint): string | undefined =>
    at === undefined
      ? barredBy(one, me, mayDecide.get(one.channel))
      : "You look at the past: go back to now to decide.";
  const { id: _id, list: _list, ...filter } = search;
  const filterKey = JSON.stringify(filter);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the filter
  const filtered = useMemo(() => {
    const rows = isDecided ? endedOf(past) : waiting;
    return rows.filter(
      (one) =>
        matches(one, filter, members) &&
        (!filter.mine ||
          (isDecided
            ? one.decidedBy === me
            : mayDecide.get(one.channel) !== false && !one.approvedBy.includes(me ?? ""))),
    );
  }, [isDecided, past, waiting, filterKey, members, mayDecide, me]);
  const arranged = useArranged(filtered, `${filterKey} ${at}`, isDecided, aheadMs);
  const isPast = at !== undefined;
  return {
    waiting,
    ...arranged,
    truncated: isDecided || isPast ? past.truncated : live.truncated,
    status: needsPast ? (past.listed ? (isPast ? "past" : "live") : past.error ? "refused" : "loading") : live.status,
    error: needsPast ? past.error : live.error?.message,
    me,
    barred,
  };
}

/** The order stays until somebody asks for another filter, or to have it put in order. */
function useArranged(rows: readonly Checkpoint[], key: string, isDecided: boolean, aheadMs: number) {
  const last = useRef<{ key: string; arrangement: Arrangement }>({ key, arrangement: nothingArranged });
  const [drawn, drawAgain] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is drawn again when it was put in order
  return useMemo(() => {
    if (isDecided) return { shown: rows, fresh: 0, putInOrder: () => {} };
    const nowMs = Date.now() + aheadMs;
    const before = last.current.key === key ? last.current.arrangement : nothingArranged;
    const arrangement = arrange(before, rows, nowMs);
    last.current = { key, arrangement };
    const byId = new Map(rows.map((one) => [one.checkpointId, one]));
    return {
      shown: arrangement.ids.flatMap((id) => byId.get(id) ?? []),
      fresh: arrangement.fresh,
      putInOrder: () => {
        const ids = inOrder(rows, Date.now() + aheadMs).map(({ checkpointId }) => checkpointId);
        last.current = { key, arrangement: { ids, fresh: 0 } };
        drawAgain((count) => count + 1);
      },
    };
  }, [rows, key, isDecided, aheadMs, drawn]);
}

const none: readonly string[] = [];
const noSession = { snapshot: () => undefined, subscribe: () => () => {} };

function useSessionAgents(session: string | undefined): readonly string[] {
  const client = useClient();
  const store = useMemo(
    () => (session === undefined ? noSession : client.channel<SessionState>(`session:${session}`, sessionReducer)),
    [client, session],
  );
  return useReadable<{ state: SessionState } | undefined>(store)?.state.agents ?? none;
}
