/** The wire, as it goes by: what is published, and this page's own frames. */
import { isChannel } from "@signalbox/protocol";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useMemo, useState } from "react";
import { Button } from "../components/button.tsx";
import { PageHead } from "../components/page.tsx";
import { Tabs } from "../components/tabs.tsx";
import { SteeringPanel } from "../steering/steering-panel.tsx";
import { useClient } from "../stores/client.tsx";
import { InspectorFilters } from "./inspector-filters.tsx";
import { PublishDialog } from "./publish-dialog.tsx";
import { RecordList } from "./record-list.tsx";
import type { InspectorSearch } from "./search.ts";
import { ownFrames, published } from "./sources.ts";

const tabs = [
  { name: "all", label: "What is published" },
  { name: "own", label: "This page's own wire" },
] as const;

const steered = /^(agent|process|browser):./;

export function InspectorPage() {
  const { tab, channel, since, types, q, by, tag, min } = useSearch({ from: "/messages" });
  const navigate = useNavigate();
  const client = useClient();
  const [isPublishing, setPublishing] = useState(false);
  const search = useMemo<InspectorSearch>(
    () =>
      Object.fromEntries(
        Object.entries({ tab, channel, since, types, q, by, tag, min }).filter(([, value]) => value !== undefined),
      ),
    [tab, channel, since, types, q, by, tag, min],
  );
  const source = useMemo(
    () => (search.tab === "own" ? ownFrames(search) : published(client, search)),
    [client, search],
  );
  useEffect(() => source.start(), [source]);
  const go = (next: InspectorSearch) =>
    void navigate({
      to: ".",
      search: (all: Record<string, unknown>) => ({ at: all.at, ...next }) as never,
      replace: true,
    });
  const concrete = channel !== undefined && isChannel(channel) && !channel.endsWith("*") ? channel : undefined;
  return (
    <>
      <PageHead title="Messages">
        <Button className="ml-auto" onClick={() => setPublishing(true)}>
          Publish an event…
        </Button>
      </PageHead>
      <Tabs
        label="Which wire"
        tabs={tabs}
        chosen={tab ?? "all"}
        onChoose={(name) => go(name === "own" ? { tab: "own" } : {})}
      >
        <InspectorFilters search={search} onSearch={go} />
        {concrete !== undefined && tab !== "own" && steered.test(concrete) && (
          <SteeringPanel channel={concrete} name={concrete.slice(concrete.indexOf(":") + 1)} />
        )}
        <RecordList key={JSON.stringify(search)} source={source} search={search} onSearch={go} />
      </Tabs>
      {isPublishing && (
        <PublishDialog
          channel={concrete ?? ""}
          onClose={() => setPublishing(false)}
          onShow={(shown) => {
            setPublishing(false);
            go({ channel: shown, since: "last:100" });
          }}
        />
      )}
    </>
  );
}
