/** Above a feed: how much of it is shown, which kinds and words, a time to go to, export. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { count } from "../components/figures.ts";
import { ExportMenu } from "../export/export-menu.tsx";
import { useClient } from "../stores/client.tsx";
import { useGoToMoment, useMoment } from "../stores/moment.ts";
import { type ExportForm, fetchAll, saveEvents } from "./export.ts";
import type { MergedView } from "./merged.ts";

/** In the words of people; each is some kinds of items. */
const kindGroups: ReadonlyArray<{ name: string; label: string }> = [
  { name: "message", label: "Messages" },
  { name: "tool", label: "Tools" },
  { name: "step", label: "Steps" },
  { name: "task", label: "Tasks" },
  { name: "command", label: "Commands" },
  { name: "approval", label: "Approvals" },
  { name: "tests", label: "Tests" },
  { name: "error", label: "Errors" },
];

export const readKinds = (kinds: unknown): ReadonlySet<string> =>
  new Set(
    typeof kinds === "string" ? kinds.split(",").filter((kind) => kindGroups.some(({ name }) => name === kind)) : [],
  );

export const wordsOf = (q: unknown): string[] =>
  typeof q === "string"
    ? q
        .toLowerCase()
        .split(/\s+/)
        .filter((word) => word !== "")
    : [];

interface FeedToolsProps {
  channels: readonly string[];
  view: MergedView;
  items: number;
  all: number;
  filtering: boolean;
  children: ReactNode;
}

export function FeedTools({ channels, view, items, all, filtering, children }: FeedToolsProps) {
  const client = useClient();
  const at = useMoment();
  const navigate = useNavigate();
  const goTo = useGoToMoment();
  const { kinds, q } = useSearch({ strict: false });
  const chosen = readKinds(kinds);
  const [progress, setProgress] = useState<string>();
  const change = (search: { kinds?: string | undefined; q?: string | undefined }) =>
    void navigate({ to: ".", search: (before) => ({ ...before, ...search }) as typeof before, replace: true });
  const exported = async (form: ExportForm) => {
    try {
      const events = await fetchAll(client, channels, at, (done, total) =>
        setProgress(`Fetching ${count(done)} of ${count(total)}`),
      );
      saveEvents(`${channels[0] ?? "events"}`, form, events);
    } finally {
      setProgress(undefined);
    }
  };
  const forms: ReadonlyArray<[ExportForm, string]> = [
    ["json", "JSON"],
    ["csv", "CSV"],
    ["text", "Text"],
  ];
  return (
    <div className="flex min-h-10 shrink-0 flex-wrap items-center gap-x-2 gap-y-1 border-y border-rule px-4 py-1 text-[13px] text-ink-2 md:px-6">
      <span data-testid="feed-count">
        {count(view.held)} of {count(view.total)} events
        {filtering && ` · ${count(items)} of ${count(all)} items fit`}
      </span>
      {children}
      <span className="flex-1" />
      <label className="flex items-center gap-1.5">
        <span className="sr-only">Kind</span>
        <select
          className="h-7 rounded-md border border-rule bg-raised px-1 text-ink"
          aria-label="Kind"
          value={[...chosen][0] ?? ""}
          onChange={({ target }) => change({ kinds: target.value === "" ? undefined : target.value })}
        >
          <option value="">All kinds</option>
          {kindGroups.map(({ name, label }) => (
            <option key={name} value={name}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <input
        type="search"
        aria-label="Words"
        placeholder="Words"
        defaultValue={typeof q === "string" ? q : ""}
        onChange={({ target }) => change({ q: target.value === "" ? undefined : target.value })}
        className="h-7 w-24 rounded-md border border-rule bg-raised px-2 text-ink"
      />
      <input
        type="datetime-local"
        step={1}
        aria-label="Go to a time"
        title="Go to a time"
        className="h-7 w-44 rounded-md border border-rule bg-raised px-1 text-ink max-md:hidden"
        onChange={({ target }) => {
          const time = new Date(target.value).getTime();
          if (Number.isFinite(time)) goTo(time);
        }}
      />
      {progress === undefined ? (
        <ExportMenu
          exports={forms.map(([form, label]) => ({
            label: `${label}, ${at === undefined ? "all" : "up to this moment"}`,
            run: () => exported(form),
          }))}
        />
      ) : (
        <span role="status">{progress}</span>
      )}
    </div>
  );
}
