/** Where the GitHub view gets what it shows. */
import { states } from "@signalbox/client/states";
import { type RepoState, repoReducer } from "@signalbox/core/reducers";
import { useMemo } from "react";
import { useClient } from "../stores/client.tsx";
import { useMoment } from "../stores/moment.ts";
import { paced } from "../stores/readable.ts";
import { useReadable } from "../stores/use-readable.ts";
import { type ActivityView, createActivity } from "./activity-source.ts";

export interface Repos {
  repos: ReadonlyMap<string, RepoState>;
  loading: boolean;
  truncated: boolean;
  error: string | undefined;
}

export function useRepos(): Repos {
  const client = useClient();
  const view = useReadable(
    useMemo(() => paced(states<RepoState>(client, "repo:*", { reducer: repoReducer }), 500), [client]),
  );
  return {
    repos: view.channels,
    loading: view.channels.size === 0 && (view.status === "offline" || view.status === "subscribing"),
    truncated: view.truncated,
    error: view.error && `${view.error.message} ${view.error.help}`,
  };
}

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
