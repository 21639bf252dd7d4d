/** What happened in all repositories, newest first: their events as rows. */
import type { Publication } from "@signalbox/protocol";
import { fieldsOf } from "../feed/fields.ts";
import type { LampName } from "../fleet/condition.ts";
import { spoken } from "../fleet/condition.ts";
import { runLamp } from "./repo-rows.ts";

export interface Activity {
  key: string;
  repo: string;
  at: number;
  /** The event's type. */
  kind: string;
  lamp: LampName;
  /** `Pull request #42 reviewed: approved`. */
  says: string;
  title: string;
  actor: string | undefined;
  url: string | undefined;
  offset: number;
}

export function activityOf(event: Publication): Activity {
  const data = fieldsOf(event.data);
  const repo = event.channel.slice(event.channel.indexOf(":") + 1);
  const action = data.text("action");
  const number = data.number("number");
  const about = {
    key: `${event.channel} ${event.epoch}:${event.offset}`,
    repo,
    at: event.timestamp,
    kind: event.type,
    actor:
      data.text("actor") ??
      data.text("author") ??
      data.inner("sender").text("login") ??
      data.inner("pusher").text("name"),
    url: data.text("url") ?? data.text("compare"),
    offset: event.offset,
  };
  if (event.type === "github_workflow_update") {
    const run = { status: data.text("status") ?? "unknown", conclusion: data.text("conclusion") };
    const says = `${data.text("workflow") ?? "Workflow"}: ${spoken(run.conclusion ?? run.status)}`;
    return { ...about, lamp: runLamp(run), says, title: data.text("headRef") ?? "" };
  }
  const title = data.text("title") ?? "";
  const what =
    event.type === "github_pr_update" ? "Pull request" : event.type === "github_issue_update" ? "Issue" : undefined;
  if (what !== undefined) {
    const review = data.text("review");
    const done = [
      spoken(action ?? data.text("state") ?? "changed").toLowerCase(),
      review && spoken(review).toLowerCase(),
    ];
    return {
      ...about,
      lamp: lampOf(event.type, action, review),
      says: `${what} #${number ?? "?"} ${done.filter(Boolean).join(": ")}`,
      title,
    };
  }
  // Pushes and whatever else a repository tells: its name, and where.
  const ref = data.text("ref")?.replace(/^refs\/(heads|tags)\//, "");
  return {
    ...about,
    lamp: "idle",
    says: [spoken(event.type), ref].filter(Boolean).join(" to "),
    title: commitOf(event.data) ?? title,
  };
}

function lampOf(type: string, action: string | undefined, review: string | undefined): LampName {
  if (action === "merged") return "done";
  if (action === "closed") return type === "github_pr_update" ? "cancelled" : "done";
  if (review === "changes_requested") return "stuck";
  if (review === "approved") return "done";
  return type === "github_pr_update" && (action === "opened" || action === "reopened") ? "waiting_approval" : "idle";
}

/** What the newest commit of a push says. */
function commitOf(data: unknown): string | undefined {
  const head = fieldsOf(data).inner("head_commit").text("message");
  return head?.split("\n", 1)[0];
}
