/** Every view of the dashboard over the story, and what stands there once it is drawn. */

export interface View {
  /** Of its pictures. */
  name: string;
  title: string;
  path: string;
  /** A text that the story put there. */
  shown: string;
  /** Pressed or clicked before the picture is taken: texts of controls, or keys written as `key:Control+k`. */
  opened?: readonly string[];
  /** What then stands there. */
  then?: string;
}

export const views: readonly View[] = [
  { name: "fleet", title: "Fleet", path: "/", shown: "Docs" },
  { name: "approvals", title: "Approvals", path: "/approvals?id=migrate", shown: "add column coupon_code" },
  {
    name: "approvals-form",
    title: "Approvals: an answer to edit",
    path: "/approvals?id=rename",
    shown: "Which name shall stay?",
  },
  { name: "agent", title: "Agent", path: "/agents/coder-001", shown: "Coder 1" },
  { name: "agents", title: "Agents", path: "/agents", shown: "Coder 1" },
  { name: "sessions", title: "Sessions", path: "/sessions", shown: "Coupons in the checkout" },
  { name: "session", title: "Session", path: "/sessions/checkout-coupons", shown: "Coupons in the checkout" },
  { name: "processes", title: "Processes", path: "/processes", shown: "npm test, red" },
  { name: "log", title: "Log", path: "/processes/checkout-tests-red", shown: "expected 409, got 200" },
  { name: "timeline", title: "Timeline", path: "/timeline", shown: "Timeline" },
  { name: "tests", title: "Tests", path: "/tests", shown: "takes a coupon only once" },
  { name: "memory", title: "Memory", path: "/memory", shown: "conventions" },
  { name: "github", title: "GitHub", path: "/github", shown: "Coupons in the checkout" },
  { name: "browsers", title: "Browsers", path: "/browsers", shown: "shop" },
  { name: "metrics", title: "Metrics and cost", path: "/metrics-and-cost", shown: "Metrics and cost" },
  { name: "alerts", title: "Alerts", path: "/alerts", shown: "Alerts" },
  { name: "audit", title: "Audit", path: "/audit", shown: "Audit" },
  { name: "connections", title: "Connections", path: "/connections", shown: "dashboard" },
  { name: "messages", title: "Messages", path: "/messages", shown: "Messages" },
  { name: "connect", title: "Connect", path: "/connect", shown: "signalbox run" },
  { name: "settings", title: "Settings", path: "/settings", shown: "Settings" },
  { name: "gallery", title: "Gallery of components", path: "/gallery", shown: "Gallery" },
];
