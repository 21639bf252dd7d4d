/** Every view and its address. Views beyond the fleet are fetched when first opened. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  retainSearchParams,
} from "@tanstack/react-router";
import { readFilter } from "../fleet/filter.ts";
import { FleetPage } from "../fleet/fleet-page.tsx";
import { readSessionSearch } from "../sessions/search.ts";
import { readMoment } from "../stores/moment.ts";
import { basePath } from "../stores/place.ts";
import { NotFound, ViewFailed } from "./failed.tsx";
import { parseSearch, stringifySearch } from "./search-params.ts";
import { Shell } from "./shell.tsx";

/** The moment that is looked at goes along from view to view. */
const root = createRootRoute({
  validateSearch: readMoment,
  search: { middlewares: [retainSearchParams(["at"])] },
  component: Shell,
  notFoundComponent: NotFound,
});

const fleet = createRoute({ getParentRoute: () => root, path: "/", validateSearch: readFilter, component: FleetPage });

const processes = createRoute({
  getParentRoute: () => root,
  path: "/processes",
  validateSearch: readFilter,
  component: lazyRouteComponent(() => import("../processes/processes-page.tsx"), "ProcessesPage"),
});

const sessions = createRoute({
  getParentRoute: () => root,
  path: "/sessions",
  validateSearch: readFilter,
  component: lazyRouteComponent(() => import("../sessions/sessions-page.tsx"), "SessionsPage"),
});

/** Which checkpoint is looked at. */
export interface ApprovalsSearch {
  id?: string;
}

const readApprovalsSearch = ({ id }: Record<string, unknown>): ApprovalsSearch =>
  typeof id === "string" || typeof id === "number" ? { id: String(id) } : {};

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
}

const readLogSearch = (search: Record<string, unknown>): LogSearch => {
  const q = typeof search.q === "string" ? search.q : "";
  const line = Number(search.line);
  return { ...(q === "" ? {} : { q }), ...(Number.isSafeInteger(line) && line > 0 ? { line } : {}) };
};

const process = createRoute({
  getParentRoute: () => root,
  path: "/processes/$id",
  validateSearch: readLogSearch,
  component: lazyRouteComponent(() => import("../processes/process-page.tsx"), "ProcessPage"),
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
  component: lazyRouteComponent(() => import("../tests/tests-page.tsx"), "TestsPage"),
});

const memory = createRoute({
  getParentRoute: () => root,
  path: "/memory",
  component: lazyRouteComponent(() => import("../memory/memory-page.tsx"), "MemoryPage"),
});

const github = createRoute({
  getParentRoute: () => root,
  path: "/github",
  component: lazyRouteComponent(() => import("../github/github-page.tsx"), "GitHubPage"),
});

const browsers = createRoute({
  getParentRoute: () => root,
  path: "/browsers",
  component: lazyRouteComponent(() => import("../browsers/browsers-page.tsx"), "BrowsersPage"),
});

const metrics = createRoute({
  getParentRoute: () => root,
  path: "/metrics-and-cost",
  component: lazyRouteComponent(() => import("../metrics/metrics-page.tsx"), "MetricsPage"),
});

const alerts = createRoute({
  getParentRoute: () => root,
  path: "/alerts",
  component: lazyRouteComponent(() => import("../alerts/alerts-page.tsx"), "AlertsPage"),
});

const audit = createRoute({
  getParentRoute: () => root,
  path: "/audit",
  component: lazyRouteComponent(() => import("../audit/audit-page.tsx"), "AuditPage"),
});

const connections = createRoute({
  getParentRoute: () => root,
  path: "/connections",
  component: lazyRouteComponent(() => import("../connections/connections-page.tsx"), "ConnectionsPage"),
});

const inspector = createRoute({
  getParentRoute: () => root,
  path: "/messages",
  component: lazyRouteComponent(() => import("../inspector/inspector-page.tsx"), "InspectorPage"),
});

const connect = createRoute({
  getParentRoute: () => root,
  path: "/connect",
  component: lazyRouteComponent(() => import("../connect/connect-page.tsx"), "ConnectPage"),
});

const settings = createRoute({
  getParentRoute: () => root,
  path: "/settings",
  component: lazyRouteComponent(() => import("../settings/settings-page.tsx"), "SettingsPage"),
});

const gallery = createRoute({
  getParentRoute: () => root,
  path: "/gallery",
  component: lazyRouteComponent(() => import("../gallery/gallery-page.tsx"), "GalleryPage"),
});

const routeTree = root.addChildren([
  ...[fleet, approvals, processes, process, sessions, session, agents, agent],
  ...[timeline, tests, memory, github, browsers],
  ...[metrics, alerts, audit, connections, inspector, connect, settings, gallery],
]);

export const createAppRouter = () =>
  createRouter({
    routeTree,
    basepath: basePath,
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
