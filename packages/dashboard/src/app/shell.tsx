/** The frame of every view: where one can go, how the link is, how it looks. */
import { Link, Outlet } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { AgentIcon, FleetIcon, ProcessIcon, SessionIcon } from "../components/icons.tsx";
import { Signal } from "../components/signal.tsx";
import { Toasts } from "../components/toasts.tsx";
import { useClient } from "../stores/client.tsx";
import { fleetOf } from "../stores/fleet.ts";
import { useReadable } from "../stores/use-readable.ts";
import { LinkStateView } from "./link-state.tsx";
import { SettingsMenu } from "./settings-menu.tsx";

export function Shell() {
  return (
    <div className="flex h-full flex-col md:flex-row">
      <a
        href="#main"
        className="sr-only rounded-md bg-run px-3 py-2 text-panel focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50"
      >
        Skip to the view
      </a>
      <SideBar />
      <div className="flex min-h-0 min-w-0 flex-1 flex-col">
        <header className="flex h-12 shrink-0 items-center gap-2 border-b border-rule bg-panel px-4 md:hidden">
          <Brand />
          <span className="flex-1" />
          <LinkStateView />
          <SettingsMenu />
        </header>
        <main id="main" tabIndex={-1} className="flex min-h-0 flex-1 flex-col outline-none">
          <Outlet />
        </main>
      </div>
      <nav aria-label="Views" className="flex h-14 shrink-0 border-t border-rule bg-panel md:hidden">
        <Places />
      </nav>
      <Toasts />
    </div>
  );
}

function SideBar() {
  return (
    <header className="flex w-52 shrink-0 flex-col gap-1 border-r border-rule bg-panel p-3 max-md:hidden">
      <div className="px-2 pt-1 pb-4">
        <Brand />
      </div>
      <nav aria-label="Views" className="flex flex-col gap-0.5">
        <Places />
      </nav>
      <span className="flex-1" />
      <LinkStateView />
      <SettingsMenu />
    </header>
  );
}

/** The signal shows caution while anything waits for a person. */
function Brand() {
  const { items } = useReadable(fleetOf(useClient()));
  const waiting = [...items.values()].some((item) => item.condition === "waiting");
  return (
    <Link to="/" className="flex items-center gap-2 text-[15px] font-semibold tracking-tight">
      <Signal aspect={waiting ? "caution" : "clear"} />
      Signalbox
    </Link>
  );
}

function Places() {
  const { items } = useReadable(fleetOf(useClient()));
  const waiting = (kind?: string): number =>
    [...items.values()].filter((item) => item.condition === "waiting" && (!kind || item.kind === kind)).length;
  return (
    <>
      <Place to="/" icon={<FleetIcon />} waiting={waiting()}>
        Fleet
      </Place>
      <Place to="/agents" icon={<AgentIcon />} waiting={waiting("agent")}>
        Agents
      </Place>
      <Place to="/sessions" icon={<SessionIcon />} waiting={waiting("session")}>
        Sessions
      </Place>
      <Place to="/processes" icon={<ProcessIcon />} waiting={0}>
        Processes
      </Place>
    </>
  );
}

interface PlaceProps {
  to: "/" | "/agents" | "/sessions" | "/processes";
  icon: ReactNode;
  waiting: number;
  children: ReactNode;
}

function Place({ to, icon, waiting, children }: PlaceProps) {
  return (
    <Link
      to={to}
      activeOptions={{ exact: to === "/", includeSearch: false }}
      className={[
        "flex items-center gap-2.5 rounded-md px-2 font-medium text-ink-2 hover:bg-sunken hover:text-ink",
        "aria-[current=page]:bg-sunken aria-[current=page]:text-ink md:h-8",
        "max-md:flex-1 max-md:flex-col max-md:justify-center max-md:gap-0.5 max-md:rounded-none max-md:text-xs",
      ].join(" ")}
    >
      {icon}
      <span className="md:flex-1">{children}</span>
      {waiting > 0 && (
        <span className="rounded bg-wait-soft px-1.5 text-xs font-semibold text-wait max-md:absolute max-md:-mt-7 max-md:ml-9">
          {waiting}
          <span className="sr-only"> waiting for you</span>
        </span>
      )}
    </Link>
  );
}
