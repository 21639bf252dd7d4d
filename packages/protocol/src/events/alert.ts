import Type from "typebox";
import { defineEvent } from "./define.ts";
import { id, open, orNull, text, whole } from "./fields.ts";

const channel = ["alerts"] as const;

const alertId = () =>
  Type.String({
    minLength: 1,
    maxLength: 400,
    description: "What is one alert: the same kind, cause and source have the same.",
  });

export const alertEvents = [
  defineEvent({
    type: "alert_raised",
    version: "1.0",
    delivery: "lossless",
    summary:
      "Something went wrong, once or several times. Published by the gateway, and by whoever watches something else.",
    channel,
    tags: ["kind", "severity", "source"],
    data: Type.Object({
      alertId: alertId(),
      kind: open(
        [
          ...(["agent_lost", "agent_stuck", "agent_failed", "agent_error", "session_failed"] as const),
          ...(["execution_failed", "workflow_failed", "process_failed", "tests_failed", "budget_warned"] as const),
          ...(["budget_exceeded", "approval_expired", "command_failed", "command_expired", "system_alert"] as const),
          ...(["gateway_degraded", "gateway_refusals", "gateway_slow_viewers", "gateway_loop_delay"] as const),
          ...(["gateway_queue", "overflow"] as const),
        ],
        "What went wrong.",
      ),
      severity: open(["info", "warning", "critical"], "How serious it is."),
      source: id("The channel it is about, or node:NAME for a gateway."),
      cause: text("A stable word or name of why, such as an exit code; never the agent's own words."),
      count: Type.Optional(whole("How often it happened since it was last said; 1 if absent.", 1)),
      standing: Type.Optional(Type.Boolean({ description: "It goes on until alert_resolved says that it is over." })),
    }),
    example: {
      alertId: "process_failed process:p1 exit 1",
      kind: "process_failed",
      severity: "warning",
      source: "process:p1",
      cause: "exit 1",
    },
  }),
  defineEvent({
    type: "alert_resolved",
    version: "1.0",
    delivery: "lossless",
    summary: "What an alert was about is over.",
    channel,
    data: Type.Object({ alertId: alertId() }),
    example: { alertId: "agent_lost agent:coder-001 lease" },
  }),
  defineEvent({
    type: "alert_acknowledged",
    version: "1.0",
    delivery: "lossless",
    summary: "Somebody has seen an alert. It is open again when it happens again.",
    channel,
    data: Type.Object({
      alertId: alertId(),
      count: whole("How often it had happened, as far as that person saw."),
      by: Type.Optional(text("Who; stamped.")),
    }),
    example: { alertId: "process_failed process:p1 exit 1", count: 3, by: "user:ada" },
  }),
  defineEvent({
    type: "alert_muted",
    version: "1.0",
    delivery: "lossless",
    summary: "Somebody wants to hear nothing of an alert for a while.",
    channel,
    data: Type.Object({
      alertId: alertId(),
      until: orNull(
        Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
        "milliseconds since 1970",
        "Until when; null: not any more.",
      ),
      by: Type.Optional(text("Who; stamped.")),
    }),
    example: { alertId: "process_failed process:p1 exit 1", until: 1_703_778_600_000, by: "user:ada" },
  }),
] as const;
