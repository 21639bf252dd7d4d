/** The frame of every view: where one can go, how the link is, how it looks. */
import { Link, Outlet } from "@tanstack/react-router";
import { useEffect } from "react";
import { classes } from "../components/classes.ts";
import { later } from "../components/later.tsx";
import { approvalCount, waitingCount } from "../components/page.tsx";
import { Signal } from "../components/signal.tsx";
import { Toasts } from "../components/toasts.tsx";
import type { Kind } from "../fleet/item.ts";
import { useClient } from "../stores/client.tsx";
import { fleetOf } from "../stores/fleet.ts";
import { useMedia } from "../stores/use-media.ts";
import { useReadable } from "../stores/use-readable.ts";
import { LinkFace } from "./link-face.tsx";
import { type Place, placeGroups } from "./places.tsx";
import { SettingsFace } from "./settings-face.tsx";

const LinkState = later(async () => (await import("./link-details.tsx")).LinkDetails, LinkFace);
const Settings = later(async () => (await import("./settings-menu.tsx")).SettingsMenu, SettingsFace);

const NeedsYou = later(
  async () => (await import("../approvals/needs-you.tsx")).NeedsYou,
  () => null,
);

const PastBanner = later(
  async () => (await import("../timeline/past-banner.tsx")).PastBanner,
  () => null,
);

/** From here on there is room for a bar at the side. */
const wide = "(min-width: 48rem)";

export function Shell() {
  const isWide = useMedia(wide);
  return (
    <div className={classes("flex h-full", isWide ? "flex-row" : "flex-col")}>
      <a
        href="#main"
        className="sr-only rounded-md bg-run px-3 py-2 text-panel focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50"
      >
        Skip to the view
      </a>
      {isWide ? <SideBar /> : <TopBar />}
      <main id="main" tabIndex={-1} className="flex min-h-0 min-w-0 flex-1 flex-col outline-none">
        <PastBanner />
        <NeedsYou />
        <Outlet />
      </main>
      {!isWide && (
        <nav aria-label="Views" className="flex h-14 shrink-0 overflow-x-auto border-t border-rule bg-panel">
          <Places />
        </nav>
      )}
      <Toasts />
    </div>
  );
}

function SideBar() {
  return (
    <header className="flex w-52 shrink-0 flex-col gap-1 border-r border-rule bg-panel p-3">
      <div className="px-2 pt-1 pb-4">
        <Brand />
      </div>
      <nav aria-label="Views" className="-mx-1 flex min-h-0 flex-1 flex-col overflow-y-auto px-1">
        <Places />
      </nav>
      <LinkState />
      <Settings />
    </header>
  );
}

function TopBar() {
  return (
    <header className="flex h-12 shrink-0 items-center gap-2 border-b border-rule bg-panel px-4">
      <Brand />
      <span className="flex-1" />
      <LinkState />
      <Settings />
    </header>
  );
}

/** The signal shows caution while anything waits for a person, and nothing while there is no link. */
function Brand() {
  const client = useClient();
  const waiting = useWaiting() + useReadable(approvalCount);
  const { state } = useReadable(client.link);
  return (
    <Link to="/" className="flex items-center gap-2 text-[15px] font-semibold tracking-tight">
      <Signal aspect={state !== "live" ? "dark" : waiting > 0 ? "caution" : "clear"} />
      Signalbox
    </Link>
  );
}

function Places() {
  const waiting = useWaiting();
  const waitingAt: Partial<Record<Place["to"], number>> = {
    "/": waiting,
    "/approvals": useReadable(approvalCount),
    "/agents": useWaiting("agent"),
    "/sessions": useWaiting("session"),
  };
  useEffect(() => waitingCount.set(waiting), [waiting]);
  return placeGroups.map(({ title, places }) => (
    <ul key={title} aria-label={title} className="flex flex-col gap-0.5 pb-3">
      {places.map((place) => (
        <li key={place.to}>
          <PlaceLink place={place} waiting={waitingAt[place.to] ?? 0} />
        </li>
      ))}
    </ul>
  ));
}

/** How many wait for a person. */
function useWaiting(kind?: Kind): number {
  const { items } = useReadable(fleetOf(useClient()));
  return [...items.values()].filter((item) => item.condition === "waiting" && (!kind || item.kind === kind)).length;
}

function PlaceLink({ place: { to, icon, label }, waiting }: { place: Place; waiting: number }) {
  return (
    <Link
      to={to}
      activeOptions={{ exact: to === "/", includeSearch: false }}
      className="flex h-8 items-center gap-2.5 rounded-md px-2 font-medium text-ink-2 hover:bg-sunken hover:text-ink aria-[current=page]:bg-sunken aria-[current=page]:text-ink"
    >
      {icon}
      <span className="flex-1">{label}</span>
      {waiting > 0 && (
        <span className="rounded bg-wait-soft px-1.5 text-xs font-semibold text-wait">
          {waiting}
          <span className="sr-only"> waiting for you</span>
        </span>
      )}
    </Link>
  );
}
