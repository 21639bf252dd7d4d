/** The fleet over time: a lane for each agent, processes beneath. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { PageHead } from "../components/page.tsx";
import { useClient } from "../stores/client.tsx";
import { fleetOf } from "../stores/fleet.ts";
import { useReadable } from "../stores/use-readable.ts";
import { fleetLanes } from "./lane-channels.ts";
import { useOpenEvent } from "./open-event.ts";
import { Scrubber } from "./scrubber.tsx";
import { TimelineLanes } from "./timeline-view.tsx";
import { useTimeline, useWhole } from "./use-timeline.ts";

export function TimelinePage() {
  const { processes = false } = useSearch({ from: "/timeline" });
  const navigate = useNavigate();
  const { items, loading } = useReadable(fleetOf(useClient()));
  const { channels, total } = useMemo(() => fleetLanes(items.values(), processes), [items, processes]);
  const lanes = useTimeline(channels);
  const view = loading ? { ...lanes, loading } : lanes;
  const whole = useWhole(view);
  const open = useOpenEvent();
  return (
    <>
      <PageHead title="Timeline" />
      <TimelineLanes
        view={view}
        whole={whole}
        total={total}
        processes={processes}
        onProcesses={(shown) =>
          void navigate({ to: "/timeline", search: shown ? { processes: true } : {}, replace: true })
        }
        onOpen={open}
      />
      <Scrubber lanes={view.lanes} whole={whole} />
    </>
  );
}
