import Type from "typebox";
import { defineEvent } from "./define.ts";
import { anything, flag, id, list, message, open, text, timestamp, url } from "./fields.ts";

export const systemEvents = [
  defineEvent({
    type: "system_notification",
    version: "1.0",
    delivery: "lossless",
    summary: "People should know something.",
    channel: ["user:{userId}", "global"],
    tags: ["level"],
    data: Type.Object({
      message: message(),
      level: Type.Optional(open(["info", "success", "warning", "error"], "How serious it is.")),
      title: Type.Optional(text("The message in a few words.")),
      userId: Type.Optional(id("The one person it is for; everybody if absent.")),
      url: Type.Optional(url()),
      details: Type.Optional(anything("More about it.")),
    }),
    example: { level: "info", title: "Maintenance", message: "The gateway restarts at 18:00." },
  }),
  defineEvent({
    type: "system_alert",
    version: "1.0",
    delivery: "lossless",
    summary: "Something is wrong with the system and wants attention.",
    channel: ["global"],
    tags: ["severity", "component", "alertId"],
    data: Type.Object({
      message: message(),
      severity: Type.Optional(open(["info", "warning", "critical"], "How serious it is; critical if absent.")),
      title: Type.Optional(text("The message in a few words.")),
      alertId: Type.Optional(id("Ties together what is said about one alert.")),
      component: Type.Optional(text("The part that has trouble.")),
      resolved: Type.Optional(flag("The trouble is over.")),
      details: Type.Optional(anything("More about it.")),
      timestamp: Type.Optional(timestamp()),
    }),
    example: { severity: "critical", message: "The disk of build-3 is full", component: "build-3", alertId: "disk-3" },
  }),
  defineEvent({
    type: "deployment_status",
    version: "1.0",
    delivery: "lossless",
    summary: "A deployment changed.",
    channel: ["global"],
    tags: ["environment", "status", "component"],
    data: Type.Object({
      environment: text("Where it is deployed."),
      status: open(["pending", "running", "succeeded", "failed", "rolled_back"], "What the deployment is at."),
      deploymentId: Type.Optional(id("Ties together what is said about one deployment.")),
      component: Type.Optional(text("What is deployed.")),
      version: Type.Optional(text("Which version of it.")),
      commit: Type.Optional(text("The commit it was built from.")),
      components: Type.Optional(
        list(
          Type.Object({
            name: text("The part."),
            status: open(["healthy", "degraded", "down"], "Its health."),
            message: Type.Optional(message()),
          }),
          "The health of each part.",
        ),
      ),
      url: Type.Optional(url()),
      message: Type.Optional(message()),
    }),
    example: {
      environment: "staging",
      status: "succeeded",
      component: "api",
      version: "2.4.1",
      components: [{ name: "api", status: "healthy" }],
    },
  }),
] as const;
