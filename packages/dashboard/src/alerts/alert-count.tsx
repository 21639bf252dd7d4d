/** On every page, unseen: how many serious alerts nobody has seen, and what goes wrong with this page. */
import { useEffect } from "react";
import { alertCount } from "../components/page.tsx";
import { useClient } from "../stores/client.tsx";
import { useNow } from "../stores/clock.ts";
import { notePageProblems } from "./page-problems.ts";
import { useAlerts } from "./use-alerts.ts";
import { unseen } from "./words.ts";

export function AlertCount() {
  const client = useClient();
  const { rows } = useAlerts();
  const count = unseen(rows, useNow());
  useEffect(() => alertCount.set(count), [count]);
  useEffect(() => notePageProblems(client), [client]);
  return null;
}
