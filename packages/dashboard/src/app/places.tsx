/** Every view that can be gone to, in the order of the bar at the side. */
import type { ReactNode } from "react";
import {
  AgentIcon,
  AlertIcon,
  ApprovalIcon,
  AuditIcon,
  BrowserIcon,
  ConnectIcon,
  ConnectionsIcon,
  FleetIcon,
  GitHubIcon,
  MemoryIcon,
  MessagesIcon,
  MetricsIcon,
  ProcessIcon,
  SessionIcon,
  SettingsIcon,
  TestsIcon,
  TimelineIcon,
} from "../components/icons.tsx";
import { basePath } from "../stores/place.ts";

export interface Place {
  to:
    | ("/" | "/approvals" | "/timeline" | "/agents" | "/sessions" | "/processes" | "/tests" | "/memory" | "/github")
    | ("/browsers" | "/metrics-and-cost" | "/alerts" | "/audit" | "/connections" | "/messages" | "/connect")
    | "/settings";
  label: string;
  icon: ReactNode;
  /** What it shows, in a few words: for the palette and the empty places of a phone. */
  says: string;
}

export const placeGroups: ReadonlyArray<{ title: string; places: readonly Place[] }> = [
  {
    title: "Now",
    places: [
      { to: "/", label: "Fleet", icon: <FleetIcon />, says: "what needs you, and all that runs" },
      { to: "/approvals", label: "Approvals", icon: <ApprovalIcon />, says: "what waits for a decision" },
      { to: "/timeline", label: "Timeline", icon: <TimelineIcon />, says: "who did what when, and the way back" },
      { to: "/alerts", label: "Alerts", icon: <AlertIcon />, says: "what went wrong" },
    ],
  },
  {
    title: "Work",
    places: [
      { to: "/agents", label: "Agents", icon: <AgentIcon />, says: "each agent and its work" },
      { to: "/sessions", label: "Sessions", icon: <SessionIcon />, says: "pieces of work, from start to end" },
      { to: "/processes", label: "Processes", icon: <ProcessIcon />, says: "commands and their logs" },
      { to: "/tests", label: "Tests", icon: <TestsIcon />, says: "red, green, refactor; coverage" },
      { to: "/memory", label: "Memory", icon: <MemoryIcon />, says: "what agents wrote down" },
      { to: "/github", label: "GitHub", icon: <GitHubIcon />, says: "pushes, pull requests, checks" },
      { to: "/browsers", label: "Browsers", icon: <BrowserIcon />, says: "what agents see and click" },
    ],
  },
  {
    title: "Gateway",
    places: [
      { to: "/metrics-and-cost", label: "Metrics", icon: <MetricsIcon />, says: "rates, delays, tokens, cost" },
      { to: "/connections", label: "Connections", icon: <ConnectionsIcon />, says: "who is connected, and who lags" },
      { to: "/messages", label: "Messages", icon: <MessagesIcon />, says: "the wire, as it goes by" },
      { to: "/audit", label: "Audit", icon: <AuditIcon />, says: "who did what to whom" },
      { to: "/connect", label: "Connect", icon: <ConnectIcon />, says: "bring in your own agents" },
      { to: "/settings", label: "Settings", icon: <SettingsIcon />, says: "looks, notifications, keys, limits" },
    ],
  },
];

/** Those that a phone shows at once. */
export const phonePlaces: readonly Place[] = placeGroups
  .flatMap(({ places }) => places)
  .filter(({ to }) => to === "/" || to === "/approvals" || to === "/timeline" || to === "/sessions");

const below = basePath.replace(/\/$/, "");

/** The place that a path belongs to. */
export function placeOf(path: string): Place | undefined {
  const own = path.startsWith(below) ? path.slice(below.length) : path;
  return placeGroups
    .flatMap(({ places }) => places)
    .find(({ to }) => (to === "/" ? own === "" || own === "/" : own === to || own.startsWith(`${to}/`)));
}
