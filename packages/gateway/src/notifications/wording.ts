/** What a notification says: short, one line each, without secrets and without what its reader may not see. */
import { createHash } from "node:crypto";
import type { Checkpoint, Redactor, View } from "@signalbox/core";
import type { Endpoint, Note } from "./carrier.ts";
import { type Link, linkToken, longestLinkMs } from "./links.ts";
import { type Subject, tenantOf } from "./subjects.ts";

export interface WordingOptions {
  redactor: Pick<Redactor, "text">;
  /** Signs links. */
  secret: string;
  nowMs: number;
}

const longest = { title: 160, text: 240, word: 80 };
/** Decided with a look at what it is about, and not in passing. */
const harmless: ReadonlySet<string> = new Set(["", "none", "low", "medium", "moderate"]);
/** An agent in trouble is news for so long. */
const troubleMs = 86_400_000;

/** Only what nobody has called dangerous, and nobody has to add an answer to, may be approved with one tap. */
export const isOneTap = ({ risk, answerSchema }: Pick<Checkpoint, "risk" | "answerSchema">): boolean =>
  answerSchema === undefined && (risk === undefined || harmless.has(String(risk).trim().toLowerCase()));

/** The same for everything that is said to one endpoint about one thing. */
export const noteId = (about: string, to: string): string =>
  `n_${createHash("sha256").update(`${about} ${to}`).digest("hex").slice(0, 24)}`;

export function noteOf(
  about: string,
  subject: Subject,
  what: Note["what"],
  endpoint: Endpoint,
  view: View | undefined,
  options: WordingOptions,
): Note {
  const id = noteId(about, endpoint.id);
  const say = (value: unknown, most: number): string => calm(options.redactor.text(String(value ?? "")), most);
  if (subject.matter === "trouble") {
    const agent = (view === undefined ? subject.agent : view.state(subject.agent)) as typeof subject.agent;
    const name = say(agent.name || agent.agentId, longest.word);
    return {
      ...{ id, what, matter: "trouble", channel: subject.channel, agentId: subject.agent.agentId },
      title: `${name} is ${say(agent.status, longest.word)}`,
      text: say(agent.reason, longest.text),
      untilMs: options.nowMs + troubleMs,
      ...(what === "withdrawn" ? { outcome: `${name} is ${say(agent.status, longest.word)}` } : {}),
      links: { open: `agents/${encodeURIComponent(subject.agent.agentId)}` },
    };
  }
  const { checkpoint } = subject;
  const shown = (view === undefined ? checkpoint : view.state(checkpoint)) as Checkpoint;
  const askedBy = say(shown.agentId ?? shown.requestedBy, longest.word);
  const risk = shown.risk === undefined ? undefined : say(shown.risk, longest.word);
  return {
    ...{ id, what, matter: "needs_you", channel: checkpoint.channel, checkpointId: checkpoint.checkpointId },
    title: say(shown.title ?? "A decision is needed", longest.title),
    text: `${askedBy} asks${risk === undefined ? "" : `, risk: ${risk}`}`,
    askedBy,
    ...(risk === undefined ? {} : { risk }),
    deadline: checkpoint.deadline,
    untilMs: checkpoint.deadline,
    ...(what === "withdrawn" ? { outcome: outcomeOf(checkpoint, (value) => say(value, longest.word)) } : {}),
    links: {
      open: `approvals?id=${encodeURIComponent(checkpoint.checkpointId)}`,
      ...(what === "opened" && isOneTap(checkpoint) ? decisions(about, checkpoint, endpoint, options) : {}),
    },
  };
}

function outcomeOf({ state, decision, decidedBy }: Checkpoint, say: (value: unknown) => string): string {
  if (state === "withdrawn") return "It was withdrawn.";
  const word = decision === "approve" ? "Approved" : "Denied";
  return state === "expired" ? `${word} at the deadline.` : `${word} by ${say(decidedBy)}.`;
}

function decisions(about: string, checkpoint: Checkpoint, { id: to }: Endpoint, { secret, nowMs }: WordingOptions) {
  const { checkpointId, payloadHash, deadline } = checkpoint;
  const tenant = tenantOf(about);
  const untilMs = Math.min(deadline, nowMs + longestLinkMs);
  const link = { ...(tenant === undefined ? {} : { tenant }), checkpointId, payloadHash, to, untilMs };
  const path = (decision: Link["decision"]): string => `decide/${linkToken(secret, { ...link, decision })}`;
  return { approve: path("approve"), deny: path("deny") };
}

/** One line, without characters that command a terminal or turn the direction of text. */
function calm(text: string, most: number): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, " ").trim();
  return line.length <= most ? line : `${line.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, "")}…`;
}
