/** Where the GitHub view gets what it shows. */
import type { Client } from "@signalbox/client";
import { states } from "@signalbox/client/states";
import { type RepoState, repoReducer } from "@signalbox/core/reducers";
import { useMemo } from "react";
import { useClient } from "../stores/client.tsx";
import { useMoment } from "../stores/moment.ts";
import { paced } from "../stores/readable.ts";
import { statesAt, useAtMoment } from "../stores/states-at.ts";
import { useReadable } from "../stores/use-readable.ts";
import { type ActivityView, createActivity } from "./activity-source.ts";

export interface Repos {
  repos: ReadonlyMap<string, RepoState>;
  loading: boolean;
  truncated: boolean;
  error: string | undefined;
}

/** As they are, or were at the moment that is looked at. */
export function useRepos(): Repos {
  const past = useAtMoment(reposAt);
  const client = useClient();
  const view = useReadable(
    useMemo(() => paced(states<RepoState>(client, "repo:*", { reducer: repoReducer }), 500), [client]),
  );
  if (past !== undefined) {
    const { value, error } = past;
    return {
      repos: value?.states ?? nothing,
      loading: value === undefined && error === undefined,
      truncated: value?.isCut ?? false,
      error,
    };
  }
  return {
    repos: view.channels,
    loading: view.channels.size === 0 && (view.status === "offline" || view.status === "subscribing"),
    truncated: view.truncated,
    error: view.error && `${view.error.message} ${view.error.help}`,
  };
}

const nothing: ReadonlyMap<string, RepoState> = new Map();

const reposAt = (client: Client, at: number, signal: AbortSignal) => statesAt<RepoState>(client, "repo:*", at, signal);

/** Up to the moment that is looked at. */
export function useActivity(): ActivityView {
  const client = useClient();
  const view = useReadable(useMemo(() => createActivity(client), [client]));
  const at = useMoment();
  return useMemo(
    () => (at === undefined ? view : { ...view, rows: view.rows.filter((row) => row.at <= at) }),
    [view, at],
  );
}
