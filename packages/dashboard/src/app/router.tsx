/** Every view and its address. Views beyond the fleet are fetched when first opened. */
import {
  createHashHistory,
  createRootRoute,
  createRoute,
  createRouter,
  retainSearchParams,
} from "@tanstack/react-router";
import { readAgentSearch } from "../agents/search.ts";
import { readAlertsSearch } from "../alerts/search.ts";
import { readApprovalsSearch } from "../approvals/search.ts";
import { readAuditSearch } from "../audit/search.ts";
import { readSources } from "../connect/kinds.ts";
import { readConnectionsSearch } from "../connections/search.ts";
import { readFilter, readFleetSearch } from "../fleet/filter.ts";
import { FleetPage } from "../fleet/fleet-page.tsx";
import { readGitHubSearch } from "../github/github-search.ts";
import { readInspectorSearch } from "../inspector/search.ts";
import { readMemorySearch } from "../memory/memory-search.ts";
import { readMetricsSearch } from "../metrics/search.ts";
import { readProcessesSearch } from "../processes/processes-search.ts";
import { readSessionSearch } from "../sessions/search.ts";
import { readSection } from "../settings/section-search.ts";
import { readMoment } from "../stores/moment.ts";
import { basePath, gateway } from "../stores/place.ts";
import { readTestSearch } from "../tests/test-search.ts";
import { NotFound, ViewFailed } from "./failed.tsx";
import { lazyRouteComponent } from "./lazy-view.tsx";
import { parseSearch, stringifySearch } from "./search-params.ts";
import { Shell } from "./shell.tsx";

/** The moment that is looked at goes along from view to view. */
const root = createRootRoute({
  validateSearch: readMoment,
  search: { middlewares: [retainSearchParams(["at"])] },
  component: Shell,
  notFoundComponent: NotFound,
});

const fleet = createRoute({
  getParentRoute: () => root,
  path: "/",
  validateSearch: readFleetSearch,
  component: FleetPage,
});

const processes = createRoute({
  getParentRoute: () => root,
  path: "/processes",
  validateSearch: readProcessesSearch,
  component: lazyRouteComponent(() => import("../processes/processes-page.tsx"), "ProcessesPage"),
});

const sessions = createRoute({
  getParentRoute: () => root,
  path: "/sessions",
  validateSearch: readFilter,
  component: lazyRouteComponent(() => import("../sessions/sessions-page.tsx"), "SessionsPage"),
});

const approvals = createRoute({
  getParentRoute: () => root,
  path: "/approvals",
  validateSearch: readApprovalsSearch,
  component: lazyRouteComponent(() => import("../approvals/approvals-page.tsx"), "ApprovalsPage"),
});

const agents = createRoute({
  getParentRoute: () => root,
  path: "/agents",
  validateSearch: readFilter,
  component: lazyRouteComponent(() => import("../agents/agents-page.tsx"), "AgentsPage"),
});

/** Where in a log: what was searched for, and the line that was sent to somebody. */
export interface LogSearch {
  q?: string;
  line?: number;
  /** The lines on stderr are listed. */
  stderr?: boolean;
  /** Of a process in a terminal: its screen instead of its log. */
  view?: "terminal";
}

const readLogSearch = (search: Record<string, unknown>): LogSearch => {
  const q = typeof search.q === "string" ? search.q : "";
  const line = Number(search.line);
  return {
    ...(q === "" ? {} : { q }),
    ...(Number.isSafeInteger(line) && line > 0 ? { line } : {}),
    ...(search.stderr === true || search.stderr === "true" ? { stderr: true } : {}),
    ...(search.view === "terminal" ? { view: "terminal" } : {}),
  };
};

const process = createRoute({
  getParentRoute: () => root,
  path: "/processes/$id",
  validateSearch: readLogSearch,
  component: lazyRouteComponent(() => import("../processes/process-page.tsx"), "ProcessPage"),
});

/** Whose logs are shown as one. */
export interface LogsSearch {
  process?: string[];
}

/** Subscriptions that one view takes. */
const logsMost = 16;

const readLogsSearch = (search: Record<string, unknown>): LogsSearch => {
  const named = typeof search.process === "string" ? search.process.split(",") : search.process;
  const ids = Array.isArray(named) ? named.filter((id): id is string => typeof id === "string" && id !== "") : [];
  return ids.length === 0 ? {} : { process: [...new Set(ids)].slice(0, logsMost) };
};

const logs = createRoute({
  getParentRoute: () => root,
  path: "/logs",
  validateSearch: readLogsSearch,
  component: lazyRouteComponent(() => import("../log/merged/logs-page.tsx"), "LogsPage"),
});

const session = createRoute({
  getParentRoute: () => root,
  path: "/sessions/$id",
  validateSearch: readSessionSearch,
  component: lazyRouteComponent(() => import("../sessions/session-page.tsx"), "SessionPage"),
});

const agent = createRoute({
  getParentRoute: () => root,
  path: "/agents/$id",
  validateSearch: readAgentSearch,
  component: lazyRouteComponent(() => import("../agents/agent-page.tsx"), "AgentPage"),
});

const timeline = createRoute({
  getParentRoute: () => root,
  path: "/timeline",
  validateSearch: ({ processes }: Record<string, unknown>): { processes?: boolean } =>
    processes === true || processes === "true" ? { processes: true } : {},
  component: lazyRouteComponent(() => import("../timeline/timeline-page.tsx"), "TimelinePage"),
});

const tests = createRoute({
  getParentRoute: () => root,
  path: "/tests",
  validateSearch: readTestSearch,
  component: lazyRouteComponent(() => import("../tests/tests-page.tsx"), "TestsPage"),
});

const memory = createRoute({
  getParentRoute: () => root,
  path: "/memory",
  validateSearch: readMemorySearch,
  component: lazyRouteComponent(() => import("../memory/memory-page.tsx"), "MemoryPage"),
});

const github = createRoute({
  getParentRoute: () => root,
  path: "/github",
  validateSearch: readGitHubSearch,
  component: lazyRouteComponent(() => import("../github/github-page.tsx"), "GitHubPage"),
});

const browsers = createRoute({
  getParentRoute: () => root,
  path: "/browsers",
  component: lazyRouteComponent(() => import("../browsers/browsers-page.tsx"), "BrowsersPage"),
});

const browser = createRoute({
  getParentRoute: () => root,
  path: "/browsers/$id",
  component: lazyRouteComponent(() => import("../browsers/browser-page.tsx"), "BrowserPage"),
});

const metrics = createRoute({
  getParentRoute: () => root,
  path: "/metrics-and-cost",
  validateSearch: readMetricsSearch,
  component: lazyRouteComponent(() => import("../metrics/metrics-page.tsx"), "MetricsPage"),
});

const alerts = createRoute({
  getParentRoute: () => root,
  path: "/alerts",
  validateSearch: readAlertsSearch,
  component: lazyRouteComponent(() => import("../alerts/alerts-page.tsx"), "AlertsPage"),
});

const audit = createRoute({
  getParentRoute: () => root,
  path: "/audit",
  validateSearch: readAuditSearch,
  component: lazyRouteComponent(() => import("../audit/audit-page.tsx"), "AuditPage"),
});

const connections = createRoute({
  getParentRoute: () => root,
  path: "/connections",
  validateSearch: readConnectionsSearch,
  component: lazyRouteComponent(() => import("../connections/connections-page.tsx"), "ConnectionsPage"),
});

const inspector = createRoute({
  getParentRoute: () => root,
  path: "/messages",
  validateSearch: readInspectorSearch,
  component: lazyRouteComponent(() => import("../inspector/inspector-page.tsx"), "InspectorPage"),
});

const connect = createRoute({
  getParentRoute: () => root,
  path: "/connect",
  validateSearch: readSources,
  component: lazyRouteComponent(() => import("../connect/connect-page.tsx"), "ConnectPage"),
});

const settings = createRoute({
  getParentRoute: () => root,
  path: "/settings",
  validateSearch: readSection,
  component: lazyRouteComponent(() => import("../settings/settings-page.tsx"), "SettingsPage"),
});

const gallery = createRoute({
  getParentRoute: () => root,
  path: "/gallery",
  component: lazyRouteComponent(() => import("../gallery/gallery-page.tsx"), "GalleryPage"),
});

const routeTree = root.addChildren([
  ...[fleet, approvals, processes, process, logs, sessions, session, agents, agent],
  ...[timeline, tests, memory, github, browsers, browser],
  ...[metrics, alerts, audit, connections, inspector, connect, settings, gallery],
]);

/**
 * A gateway gives this page out at every address of a view. Other servers have it at one: there the address of a view
 * stands behind `#`, and can be opened and sent as well.
 */
const where = () => (gateway().isOwn ? { basepath: basePath } : { history: createHashHistory() });

export const createAppRouter = () =>
  createRouter({
    routeTree,
    ...where(),
    parseSearch,
    stringifySearch,
    defaultErrorComponent: ViewFailed,
    defaultPreload: "intent",
  });

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
