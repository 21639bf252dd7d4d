import Type from "typebox";
import { defineEvent } from "./define.ts";
import { durationMs, flag, list, open, orNull, text, url, whole } from "./fields.ts";

const channel = ["repo:{repository}"] as const;

const repository = Type.String({
  pattern: "^[^/\\s]+/[^/\\s]+$",
  maxLength: 200,
  description: "The repository as owner/name.",
});
const number = whole("Its number in the repository.", 1);
const title = text("What it says.");
const author = text("The login of whoever opened it.");
const actor = text("The login of whoever did this.");
const labels = list(text("A label."), "Its labels.");

export const githubEvents = [
  defineEvent({
    type: "github_issue_update",
    version: "1.0",
    delivery: "lossless",
    summary: "An issue changed.",
    channel,
    tags: ["repository", "action", "state"],
    data: Type.Object({
      repository,
      number,
      action: open(["opened", "edited", "closed", "reopened", "assigned", "labeled", "commented"], "What was done."),
      state: Type.Optional(open(["open", "closed"], "What the issue is at.")),
      title: Type.Optional(title),
      author: Type.Optional(author),
      actor: Type.Optional(actor),
      labels: Type.Optional(labels),
      assignees: Type.Optional(list(text("A login."), "Who is to do it.")),
      url: Type.Optional(url()),
    }),
    example: { repository: "acme/shop", number: 41, action: "opened", state: "open", title: "Login fails on Safari" },
  }),
  defineEvent({
    type: "github_pr_update",
    version: "1.0",
    delivery: "lossless",
    summary: "A pull request changed.",
    channel,
    tags: ["repository", "action", "state"],
    data: Type.Object({
      repository,
      number,
      action: open(["opened", "edited", "synchronize", "closed", "reopened", "reviewed", "merged"], "What was done."),
      state: Type.Optional(open(["open", "closed", "merged"], "What the pull request is at.")),
      title: Type.Optional(title),
      author: Type.Optional(author),
      actor: Type.Optional(actor),
      draft: Type.Optional(flag("It is not yet meant for review.")),
      merged: Type.Optional(flag("It was merged.")),
      review: Type.Optional(open(["approved", "changes_requested", "commented"], "What the review says.")),
      headRef: Type.Optional(text("The branch it comes from.")),
      headSha: Type.Optional(text("The newest commit of that branch.")),
      baseRef: Type.Optional(text("The branch it goes to.")),
      labels: Type.Optional(labels),
      url: Type.Optional(url()),
    }),
    example: { repository: "acme/shop", number: 42, action: "reviewed", state: "open", review: "approved" },
  }),
  defineEvent({
    type: "github_workflow_update",
    version: "1.0",
    delivery: "lossless",
    summary: "A workflow run of GitHub Actions changed.",
    channel,
    tags: ["repository", "workflow", "status", "conclusion"],
    data: Type.Object({
      repository,
      workflow: text("The workflow's name."),
      runId: whole("The run.", 1),
      status: open(["queued", "in_progress", "completed"], "What the run is at."),
      conclusion: Type.Optional(
        orNull(
          open(["success", "failure", "cancelled", "skipped", "timed_out"], "How it ended."),
          "text",
          "How it ended; null before.",
        ),
      ),
      runNumber: Type.Optional(whole("Which run of the workflow it is.", 1)),
      event: Type.Optional(text("What started it.")),
      headRef: Type.Optional(text("The branch it runs on.")),
      headSha: Type.Optional(text("The commit it runs on.")),
      actor: Type.Optional(actor),
      durationMs: Type.Optional(durationMs()),
      url: Type.Optional(url()),
    }),
    example: {
      repository: "acme/shop",
      workflow: "CI",
      runId: 9_123_456_789,
      status: "completed",
      conclusion: "success",
    },
  }),
] as const;
