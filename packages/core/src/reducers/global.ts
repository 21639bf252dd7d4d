/** What concerns everybody: notifications, alerts, deployments, and what the whole fleet may use. */
import { type Kept, kept, nothingKept, updated, without } from "./kept.ts";
import { Fields, type FoldedEvent, type Reducer } from "./reducer.ts";
import { globalShape } from "./shapes.ts";
import { type Budget, foldBudget } from "./usage.ts";

export interface Notification {
  level: string;
  title: string | undefined;
  message: string;
  url: string | undefined;
  /** Milliseconds since 1970. */
  at: number;
}

export interface Alert {
  /** Without one, an alert stands by its component and title. */
  alertId: string;
  severity: string;
  title: string | undefined;
  message: string;
  component: string | undefined;
  /** When it was first said, and last. */
  since: number;
  updatedAt: number;
}

export interface Deployment {
  /** Without one, the newest of its environment and component. */
  deploymentId: string;
  environment: string;
  component: string | undefined;
  status: string;
  version: string | undefined;
  commit: string | undefined;
  message: string | undefined;
  url: string | undefined;
  /** The health of each part. */
  components: ReadonlyArray<{ name: string; status: string }>;
  updatedAt: number;
}

export interface GlobalState {
  notifications: Kept<Notification>;
  /** Those that are not over. */
  alerts: Kept<Alert>;
  /** How many are over. */
  alertsResolved: number;
  deployments: Kept<Deployment>;
  budget: Budget | undefined;
  updatedAt: number;
}

const notificationsKept = 30;
const alertsKept = 40;
const deploymentsKept = 15;
const componentsKept = 8;

export const globalReducer: Reducer<GlobalState> = {
  ...globalShape,
  initial: () => ({
    notifications: nothingKept,
    alerts: nothingKept,
    alertsResolved: 0,
    deployments: nothingKept,
    budget: undefined,
    updatedAt: 0,
  }),
  apply: (state, event) => {
    const next = globalAfter(state, new Fields(event.data), event);
    return next === undefined ? state : { ...state, ...next, updatedAt: event.timestamp };
  },
};

function globalAfter(state: GlobalState, data: Fields, event: FoldedEvent): Partial<GlobalState> | undefined {
  const { type, timestamp } = event;
  if (type === "system_notification") {
    const notification: Notification = {
      level: data.word("level") ?? "info",
      title: data.text("title"),
      message: data.sentence("message") ?? "",
      url: data.sentence("url"),
      at: timestamp,
    };
    return { notifications: kept(state.notifications, notification, notificationsKept) };
  }
  if (type === "system_alert") return alertsAfter(state, data, timestamp);
  if (type === "deployment_status") return { deployments: deploymentsAfter(state.deployments, data, timestamp) };
  const budget = foldBudget(state.budget, event);
  return budget === state.budget ? undefined : { budget };
}

function alertsAfter(
  { alerts, alertsResolved }: GlobalState,
  data: Fields,
  at: number,
): Partial<GlobalState> | undefined {
  const component = data.text("component");
  const title = data.text("title");
  const alertId = data.text("alertId") ?? `${component ?? ""}/${title ?? data.text("message") ?? ""}`;
  const is = (alert: Alert): boolean => alert.alertId === alertId;
  if (data.flag("resolved") === true) {
    const open = without(alerts, is);
    return open === alerts ? undefined : { alerts: open, alertsResolved: alertsResolved + 1 };
  }
  const change = (before: Alert | undefined): Alert => ({
    alertId,
    severity: data.word("severity") ?? before?.severity ?? "critical",
    title: title ?? before?.title,
    message: data.sentence("message") ?? "",
    component: component ?? before?.component,
    since: before?.since ?? at,
    updatedAt: at,
  });
  return { alerts: updated(alerts, is, change, alertsKept) };
}

function deploymentsAfter(deployments: Kept<Deployment>, data: Fields, at: number): Kept<Deployment> {
  const environment = data.text("environment") ?? "";
  const component = data.text("component");
  const deploymentId = data.text("deploymentId") ?? `${environment}/${component ?? ""}`;
  const change = (before: Deployment | undefined): Deployment => ({
    deploymentId,
    environment,
    component: component ?? before?.component,
    status: data.word("status") ?? before?.status ?? "unknown",
    version: data.text("version") ?? before?.version,
    commit: data.text("commit") ?? before?.commit,
    message: data.sentence("message"),
    url: data.sentence("url") ?? before?.url,
    components:
      data.value("components") === undefined
        ? (before?.components ?? [])
        : data
            .list("components", componentsKept)
            .map((part) => ({ name: part.text("name") ?? "", status: part.word("status") ?? "unknown" })),
    updatedAt: at,
  });
  return updated(deployments, (one) => one.deploymentId === deploymentId, change, deploymentsKept);
}
