/** The native protocol: texts into a session of the real hub over a store in arrays. */
import { ok, strictEqual } from "node:assert";
import type { Catalogue, Outbox, Session, SharedPublication, StateMessages } from "@signalbox/core";
import { type Draft, decodeFrame, defaultLimits, isControlType, type Message } from "@signalbox/protocol";
import { checkControl, checkEvent, deliveryOf, deriveChannel, keyOf, tagsOf } from "@signalbox/protocol/schemas";
import fc from "fast-check";
import { admin, FakeNode } from "../../packages/core/test/support/fake-node.ts";
import { pureEntry } from "../entry.ts";
import { frameText, message } from "../inputs/messages.ts";
import { isTaken } from "../reference/envelope.ts";

const catalogue: Catalogue = { checkEvent, checkControl, deriveChannel, deliveryOf, keyOf, tagsOf };

/** What was published before anybody came. */
const before: Draft = { type: "note" };

/** What happens to the node or its reader before a text comes. */
const happenings = ["nothing", "nothing", "full", "read", "trim", "break", "mend", "tick"] as const;

/** Everything a connection was told. */
class Told implements Outbox {
  waitingBytes = 0;
  readonly controls: Message[] = [];
  readonly publications: SharedPublication[] = [];
  closedWith: string | undefined;

  publication(publication: SharedPublication): void {
    this.publications.push(publication);
  }

  control(message: Message): void {
    this.controls.push(message);
  }

  states({ texts }: StateMessages): void {
    for (const text of texts) this.controls.push(JSON.parse(text));
  }

  close(code: string): void {
    this.closedWith = code;
  }
}

export const messages = pureEntry({
  name: "messages",
  about: "JSON messages into the session: never a throw, always an answer, nothing lost on the way",
  parsers: [
    "packages/protocol/src/decode.ts",
    "packages/protocol/src/validate.ts",
    "packages/protocol/src/control.ts",
    "packages/protocol/src/derive.ts",
    "packages/core/src/session.ts",
    "packages/core/src/intake.ts",
    "packages/core/src/hub.ts",
    "packages/core/src/pattern.ts",
    "packages/core/src/subscription.ts",
    "packages/core/src/resume.ts",
    "packages/core/src/presence/presence.ts",
    "packages/core/src/presence/roster.ts",
  ],
  cases: fc.record({
    known: fc.oneof({ weight: 5, arbitrary: fc.constant(true) }, fc.constant(false)),
    steps: fc.array(
      fc.record({
        first: fc.constantFrom(...happenings),
        text: fc.oneof({ weight: 3, arbitrary: message.map((one) => JSON.stringify(one)) }, frameText),
      }),
      {
        minLength: 1,
        maxLength: 6,
      },
    ),
  }),
  check: ({ known, steps }) => {
    const node = new FakeNode({}, { catalogue });
    const watcher = new Told();
    node.hub.open(watcher, admin, { transport: "fuzz" }).accept([{ type: "subscribe", data: { channel: "*" } }]);
    for (const channel of ["agent:a", "agent:a", "global", "agent:a"]) node.publish(channel, {});
    node.run();
    const told = new Told();
    const session = node.hub.open(told, known ? admin : undefined, { transport: "fuzz" });
    const sent: Draft[] = [];
    for (const { first, text } of steps) {
      happen(first, node, told, session);
      const open = !session.gone;
      session.receive(text);
      node.run();
      if (open) checkDecoding(text, told, sent);
    }
    for (const last of ["mend", "read", "tick"] as const) happen(last, node, told, session);
    node.run();
    checkAnswers(sent, told);
    for (const { json } of [...watcher.publications, ...told.publications]) checkPublication(json, [...sent, before]);
    session.closed();
    node.hub.tick();
    node.run();
  },
});

function happen(what: (typeof happenings)[number], node: FakeNode, told: Told, session: Session): void {
  if (what === "full") told.waitingBytes = 2 * defaultLimits.outboxBytes;
  if (what === "read") {
    told.waitingBytes = 0;
    if (!session.gone) session.drained();
  }
  if (what === "trim") for (const name of node.histories.keys()) node.trim(name, 1);
  if (what === "break") node.broken = { failed: "unavailable", message: "the store cannot take writes" };
  if (what === "mend") node.broken = undefined;
  if (what === "tick") {
    node.now += 10_000;
    node.hub.tick();
  }
  node.run();
}

/** Text from this length on is looked at before it is parsed (protocol's outline.ts). */
const outlined = 4_096;

/** What was taken, as the rules say; what is not JSON closes. */
function checkDecoding(text: string, told: Told, sent: Draft[]): void {
  const decoded = decodeFrame(text, defaultLimits);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // Long text that is too deep or too wide is refused before anybody knows whether it is JSON.
    ok(!decoded.ok && (decoded.fatal || text.length >= outlined), "what is not JSON is fatal");
    if (!decoded.ok && decoded.fatal) ok(told.closedWith !== undefined, "what is not JSON closes");
    return;
  }
  strictEqual(decoded.ok, isTaken(parsed, defaultLimits), `taken or refused: ${JSON.stringify(decoded).slice(0, 200)}`);
  if (decoded.ok) sent.push(...decoded.drafts);
  else ok(!decoded.fatal && decoded.rule !== "", "a rule is named");
}

/** Every message that has an id of its own is answered under it, unless the connection was closed. */
function checkAnswers(sent: readonly Draft[], told: Told): void {
  for (const { metadata, data, type } of told.controls) {
    ok(type !== "error" || Object(data).name !== "internal", JSON.stringify(data));
    ok(metadata === undefined || typeof metadata.correlationId === "string", "correlationId is a text");
  }
  if (told.closedWith !== undefined) return;
  const answered = new Set(told.controls.map(({ metadata }) => metadata?.correlationId));
  const results = told.controls.filter(({ type }) => type === "ack").flatMap(({ data }) => Object(data).results);
  const refused = told.controls.filter(({ type }) => type === "error").length;
  const published = new Set(results.map(({ id }) => id));
  for (const { type, id } of sent) {
    // A pong asks for nothing.
    if (id === undefined || type === "pong") continue;
    ok(answered.has(id) || published.has(id), `${type} ${id} has no answer`);
  }
  const events = sent.filter(({ type }) => !isControlType(type)).length;
  ok(results.length + refused >= events, `${events} events, ${results.length} results and ${refused} errors`);
}

const saidByGateway =
  /^((command|checkpoint)_expired|command_(failed|queued)|lease_(held|released|lost)|budget_(warned|paused|cancelled)|agent_status|alert_(raised|resolved)|presence_(joined|updated|left))$/;

/** Unknown members survive: what comes out is what somebody put in, with its place; of steps (§9) with what is stamped. */
function checkPublication(json: string, sent: readonly Draft[]): void {
  const { channel, epoch: _epoch, offset: _offset, id, timestamp: _timestamp, ...rest } = JSON.parse(json);
  ok(typeof channel === "string" && typeof id === "string", json);
  if (rest.metadata?.source === "gateway") {
    ok(saidByGateway.test(rest.type), `the gateway never says ${json}`);
    return;
  }
  const text = canonical(rest);
  const same = sent.some(
    ({ channel: _channel, epoch: _e, offset: _o, id: _id, timestamp: _t, data = {}, ...draft }) => {
      const { metadata } = draft;
      if (metadata?.source === "gateway") {
        const { source: _source, ...others } = metadata;
        draft.metadata = others;
      }
      return text === canonical({ ...draft, data }) || isStamped(rest, { ...draft, data });
    },
  );
  ok(same, `nobody sent ${json}`);
}

/** Beside members of data, which only get more, all of a step is as it was sent; an approval may be one of several. */
function isStamped(kept: Draft, sent: Draft): boolean {
  if (
    !/^((command|checkpoint)_|(driver_changed|budget_set)$|session_(note|selection)$|alert_(acknowledged|muted)$)/.test(
      sent.type,
    )
  )
    return false;
  const { data: keptData, type, ...rest } = kept;
  const { data: sentData, type: sentType, ...others } = sent;
  const named = type === sentType || (type === "checkpoint_approved" && sentType === "checkpoint_decided");
  // Who drove before is said only where somebody did.
  const names = Object.keys(Object(sentData)).filter((name) => name !== "previous");
  return named && canonical(rest) === canonical(others) && names.every((name) => Object.hasOwn(Object(keptData), name));
}

/** Members in the order of their names. */
function canonical(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join()}}`;
}
