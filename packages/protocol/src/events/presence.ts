import Type from "typebox";
import { defineEvent } from "./define.ts";
import { id, oneOf, open, table, text, whole } from "./fields.ts";

/** Who is here is a state of now: kept nowhere, joined viewers are told it afresh. Published by the gateway only. */
const channel = ["{channel}"] as const;

const member = {
  channel: Type.Optional(id("The channel that is watched.")),
  memberId: id("Tells the viewers apart; one person may be several."),
  principal: Type.Optional(
    Type.Object(
      { kind: oneOf(["user", "agent", "service"], "Who it is."), id: id("Its id.") },
      { description: "Whom the viewer's token speaks for." },
    ),
  ),
  revision: Type.Optional(text("Which state of the channel's members this makes.")),
};
const name = Type.Optional(text("How people call the viewer."));
const state = Type.Optional(table(Type.Unknown(), "What the viewer looks at and does: view, selection, cursor."));
const sinceMs = Type.Optional(whole("Since when it is here, in milliseconds since 1970."));

export const presenceEvents = [
  defineEvent({
    type: "presence_joined",
    version: "1.0",
    delivery: "ephemeral",
    summary: "A viewer came.",
    channel,
    data: Type.Object({ ...member, name, state, sinceMs }),
    example: { channel: "session:s1", memberId: "m1", principal: { kind: "user", id: "ada" }, name: "Ada" },
  }),
  defineEvent({
    type: "presence_left",
    version: "1.0",
    delivery: "ephemeral",
    summary: "A viewer went.",
    channel,
    data: Type.Object({ ...member, reason: Type.Optional(open(["left", "gone", "forbidden"], "Why.")) }),
    example: { channel: "session:s1", memberId: "m1" },
  }),
  defineEvent({
    type: "presence_updated",
    version: "1.0",
    delivery: "ephemeral",
    summary: "A viewer looks at something else or does something else.",
    channel,
    data: Type.Object({ ...member, name, state, sinceMs }),
    example: { channel: "session:s1", memberId: "m1", state: { view: "log", selection: "line 812" } },
  }),
] as const;
