/** Every view of the dashboard over the story, and what stands there once it is drawn. */

export interface View {
  /** Of its pictures. */
  name: string;
  title: string;
  path: string;
  /** A text that the story put there. */
  shown: string | RegExp;
  /** Pressed or clicked before the picture is taken: texts of controls, or keys written as `key:Control+k`. */
  opened?: readonly string[];
  /** What then stands there. */
  opens?: string | RegExp;
}

export const views: readonly View[] = [
  { name: "fleet", title: "Fleet", path: "/", shown: "docs-01" },
  { name: "fleet-board", title: "Fleet as a board", path: "/?view=board", shown: "docs-01" },
  { name: "fleet-table", title: "Fleet as a table", path: "/?view=table", shown: "docs-01" },
  { name: "approvals", title: "Approvals", path: "/approvals?id=migrate", shown: "add column coupon_code" },
  {
    ...{ name: "approvals-form", title: "An answer to edit", path: "/approvals?id=rename" },
    ...{ shown: "Which name shall stay?", opened: ["Edit the answer…"], opens: "Name" },
  },
  { name: "agent", title: "Agent", path: "/agents/coder-001", shown: "Last error" },
  { name: "agents", title: "Agents", path: "/agents", shown: "coder-001" },
  { name: "sessions", title: "Sessions", path: "/sessions", shown: "Coupons in the checkout" },
  { name: "session", title: "Session", path: "/sessions/checkout-coupons", shown: "Preparing the migration" },
  {
    ...{ name: "session-timeline", title: "Session over time", path: "/sessions/checkout-coupons?tab=timeline" },
    shown: /[1-9]\d* lanes/,
  },
  { name: "processes", title: "Processes", path: "/processes", shown: "npm test, red" },
  { name: "log", title: "Log", path: "/processes/checkout-tests-red", shown: /Exit 1/ },
  { name: "timeline", title: "Timeline", path: "/timeline", shown: /[1-9]\d* lanes/ },
  { name: "tests", title: "Tests", path: "/tests", shown: "takes a coupon only once" },
  { name: "memory", title: "Memory", path: "/memory?session=checkout-coupons&entry=conventions", shown: "Version 2" },
  { name: "github", title: "GitHub", path: "/github", shown: /CI: Success/ },
  { name: "browsers", title: "Browsers", path: "/browsers", shown: "shop" },
  { name: "browser", title: "Browser", path: "/browsers/shop", shown: /Cart/ },
  { name: "metrics", title: "Metrics and cost", path: "/metrics-and-cost", shown: "Throughput" },
  { name: "cost", title: "Cost", path: "/metrics-and-cost?tab=cost", shown: "checkout-coupons" },
  { name: "alerts", title: "Alerts", path: "/alerts", shown: "Process failed" },
  { name: "audit", title: "Audit", path: "/audit", shown: /gave a command/ },
  { name: "connections", title: "Connections", path: "/connections", shown: "user:admin" },
  { name: "messages", title: "Messages", path: "/messages?channel=agent:*&since=earliest", shown: /Kept [1-9]/ },
  { name: "connect", title: "Connect", path: "/connect", shown: "Any command" },
  { name: "settings", title: "Settings", path: "/settings", shown: "Density" },
  {
    name: "notifications",
    title: "Notifications",
    path: "/settings?section=notifications",
    shown: "There is none yet",
  },
  { name: "keys", title: "Keys", path: "/settings?section=keys", shown: "API keys" },
  { name: "limits", title: "Limits", path: "/settings?section=limits", shown: "How long things are kept" },
  { name: "gallery", title: "Gallery of components", path: "/gallery", shown: "Needs your approval" },
  {
    ...{ name: "palette", title: "Go to anything", path: "/", shown: "docs-01" },
    ...{ opened: ["key:Control+k"], opens: "what waits for a decision" },
  },
];
