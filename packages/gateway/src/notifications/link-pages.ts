/**
 * The pages of links that decide: without a script and without a token of the visitor. Looking at one decides nothing, since mail
 * scanners and previews look at every link; the button does.
 */
import { createHash } from "node:crypto";
import { type Checkpoint, checkpointIsOpen, KeyedGcra, lifeOf, type Principal, type Register } from "@signalbox/core";
import type { Draft, ErrorData, PublishResult } from "@signalbox/protocol";
import type { FastifyReply, FastifyRequest } from "fastify";
import { addressOf } from "../http/address.ts";
import type { App } from "../http/app.ts";
import { ask } from "../http/ask.ts";
import { acceptMediaType } from "../http/body.ts";
import type { Node } from "../node.ts";
import { hashOfLink, type Link, readLink } from "./links.ts";
import { presentOwner } from "./notifier.ts";
import type { Records } from "./records.ts";
import { isOneTap } from "./wording.ts";

interface LinkPagesOptions {
  records: Records;
  nowMs(): number;
}

/** Of one address. Who has a link needs two; who guesses one needs 2^256. */
const visits = { perSecond: 1, burst: 30 };
const addressesRemembered = 10_000;

interface Told {
  status: number;
  title: string;
  text: string;
  /** Of a page that asks. */
  button?: string;
  facts?: ReadonlyArray<readonly [string, string]>;
  /** Where the dashboard has it. */
  open?: string;
}

const unknownLink: Told = {
  status: 404,
  title: "This link is not known",
  text: "It was changed on its way, or is of another gateway. Nothing was decided.",
};

export function linkPages(app: App, node: Node, options: LinkPagesOptions): void {
  const { records, nowMs } = options;
  const visited = new KeyedGcra(visits, addressesRemembered);

  const find = async (token: string): Promise<Found | Told> => {
    const { linkSecret } = await records.keys();
    const link = readLink(linkSecret, token);
    if (link === undefined) return unknownLink;
    const open = `approvals?id=${encodeURIComponent(link.checkpointId)}`;
    const endpoint = records.find(link.to);
    const principal = endpoint && presentOwner(node.access, endpoint, nowMs());
    if (principal === undefined) {
      return { ...refusedTold, text: "It was sent to somebody who has no right to it any more.", open };
    }
    const checkpoint = await lookUp(node, link);
    if (checkpoint === undefined) return { ...overTold, text: "What it was about is forgotten.", open };
    const about = { link, principal, checkpoint, open, hash: hashOfLink(token) };
    if (records.isUsed(about.hash)) return { ...usedTold, text: `It works once. ${standingText(checkpoint)}`, open };
    if (!checkpointIsOpen(checkpoint))
      return { ...overTold, title: "Already decided", text: standingText(checkpoint), open };
    if (nowMs() >= link.untilMs)
      return { ...overTold, title: "This link is too old", text: "Decide it in the dashboard.", open };
    if (checkpoint.payloadHash !== link.payloadHash || !isOneTap(checkpoint)) {
      return { ...overTold, text: "What waits is not what you were told of. Look at it in the dashboard.", open };
    }
    return about;
  };

  const limited = (request: FastifyRequest): Told | undefined => {
    const waitMs = visited.take(addressOf(request.raw, node), performance.now());
    if (waitMs === 0) return undefined;
    const seconds = Math.ceil(waitMs / 1_000);
    return { status: 429, title: "Too many requests", text: `Try again in ${seconds} s. Nothing was decided.` };
  };

  void app.register((scope: App, _options: object, done: () => void) => {
    // A form without a field.
    acceptMediaType(scope, "application/x-www-form-urlencoded");

    scope.get<{ Params: { token: string } }>("/decide/:token", { schema: { hide: true } }, async (request, reply) => {
      const found = limited(request) ?? (await find(request.params.token));
      if ("status" in found) return show(request, reply, found);
      const { checkpoint, link, principal } = found;
      const view = node.hiding.viewOf(principal);
      const shown = (view === undefined ? checkpoint : view.state(checkpoint)) as Checkpoint;
      const verb = link.decision === "approve" ? "Approve" : "Deny";
      return show(request, reply, {
        status: 200,
        title: `${verb}?`,
        text: String(shown.title ?? "A decision is needed"),
        button: verb,
        facts: [
          ["Asked by", String(shown.agentId ?? shown.requestedBy)],
          ...(shown.risk === undefined ? [] : [["Risk", String(shown.risk)] as const]),
          ["Until", `${new Date(checkpoint.deadline).toISOString().slice(0, 16).replace("T", " ")} UTC`],
          ["You are", `${principal.kind}:${principal.id}`],
          ["What", preview(shown.checkpointData)],
        ],
        open: found.open,
      });
    });

    scope.post<{ Params: { token: string } }>("/decide/:token", { schema: { hide: true } }, async (request, reply) => {
      const found = limited(request) ?? (await find(request.params.token));
      if ("status" in found) return show(request, reply, found);
      return show(request, reply, await decide(node, records, found, addressOf(request.raw, node)));
    });
    done();
  });
}

interface Found {
  link: Link;
  principal: Principal;
  checkpoint: Checkpoint;
  open: string;
  hash: string;
}

const overTold: Told = { status: 410, title: "Nothing to decide", text: "" };
const usedTold: Told = { status: 410, title: "This link was used already", text: "" };
const refusedTold: Told = { status: 403, title: "Not allowed", text: "" };

async function lookUp({ tenants }: Node, { tenant, checkpointId }: Link): Promise<Checkpoint | undefined> {
  const { engine } = tenants.of({ tenant });
  const { register } = await ask<{ register: Register | undefined }>((done) =>
    engine.register(`checkpoint/${checkpointId}`, done),
  );
  return (register && lifeOf("checkpoint", register))?.state;
}

async function decide(node: Node, records: Records, found: Found, address: string): Promise<Told> {
  const { link, principal, checkpoint, open, hash } = found;
  const { checkpointId, payloadHash, decision, untilMs } = link;
  if (!(await records.use(hash, untilMs)))
    return { ...usedTold, text: `It works once. ${standingText(checkpoint)}`, open };
  const draft: Draft = {
    // The same however often it arrives.
    id: hash,
    type: "checkpoint_decided",
    channel: checkpoint.channel,
    data: { checkpointId, decision, payloadHash },
    metadata: { source: "link" },
  };
  const [result] = await new Promise<PublishResult[]>((resolve) =>
    node.tenants.of(principal).hub.publish([draft], { principal, address }, resolve),
  );
  const error: ErrorData | undefined = result !== undefined && "error" in result ? result.error : undefined;
  if (error === undefined) {
    const now = await lookUp(node, link);
    const needed =
      now !== undefined && checkpointIsOpen(now) ? ` ${now.approvedBy.length} of ${now.approvals} have approved.` : "";
    const title = decision === "approve" ? "Approved" : "Denied";
    return { status: 200, title, text: `The agent has your decision.${needed}`, open };
  }
  if (error.temporary) {
    await records.unuse(hash);
    return {
      status: 503,
      title: "Not decided yet",
      text: `The gateway could not keep it (${error.name}). Try again.`,
      open,
    };
  }
  if (error.name === "forbidden") return { ...refusedTold, text: "You may not decide this any more.", open };
  const now = await lookUp(node, link);
  return { ...overTold, title: "Already decided", text: now === undefined ? error.message : standingText(now), open };
}

function standingText({ state, decision, decidedBy, decidedAt }: Checkpoint): string {
  if (state === "open") return "It still waits for a decision.";
  if (state === "withdrawn") return "It was withdrawn.";
  const word = decision === "approve" ? "Approved" : "Denied";
  if (state === "expired") return `${word} at its deadline.`;
  const at = decidedAt === undefined ? "" : ` at ${new Date(decidedAt).toISOString().slice(11, 16)} UTC`;
  return `${word} by ${decidedBy}${at}.`;
}

const previewLength = 600;

function preview(data: unknown): string {
  const text = typeof data === "string" ? data : (JSON.stringify(data, undefined, 1) ?? "nothing");
  return text.length <= previewLength
    ? text
    : `${text.slice(0, previewLength)} … (${text.length - previewLength} characters more)`;
}

const style = `body{margin:0;font:17px/1.5 system-ui,sans-serif;background:#f4f5f2;color:#1d211c}
main{max-width:34rem;margin:0 auto;padding:2rem 1.25rem;box-sizing:border-box}
h1{font-size:1.5rem;margin:0 0 .5rem}p{margin:0 0 1.25rem;overflow-wrap:anywhere}
dl{margin:0 0 1.5rem;border-top:1px solid #c9cdc4}dt{color:#575d54;font-size:.85rem;padding-top:.6rem}
dd{margin:0;padding-bottom:.6rem;border-bottom:1px solid #c9cdc4;overflow-wrap:anywhere;white-space:pre-wrap}
button{font:inherit;font-weight:600;width:100%;min-height:3.25rem;border:0;border-radius:.5rem;background:#1f5f8b;color:#fff}
a{display:block;text-align:center;padding:1rem 0;color:#1f5f8b}
button:focus-visible,a:focus-visible{outline:3px solid #b46a00;outline-offset:2px}
@media(prefers-color-scheme:dark){body{background:#161a17;color:#e6e9e3}dt{color:#a2a99f}dl,dd{border-color:#3a413b}
button{background:#7fb5dc;color:#10161b}a{color:#7fb5dc}}`;

/** Nothing but this style, and a form to this gateway. */
const policy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

function show(request: FastifyRequest, reply: FastifyReply, told: Told): FastifyReply {
  const { status, title, text } = told;
  reply.code(status).header("x-robots-tag", "noindex");
  // The address is not told on; a form's Origin is, and the gateway looks at it.
  reply.header("referrer-policy", "strict-origin");
  if (/application\/json/.test(request.headers.accept ?? "")) return reply.send({ title, text });
  return reply.type("text/html; charset=utf-8").header("content-security-policy", policy).send(page(told));
}

const page = ({ title, text, button, facts = [], open }: Told): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)} · Signalbox</title>
<style>${style}</style>
<main>
<h1>${escaped(title)}</h1>
<p>${escaped(text)}</p>
${facts.length === 0 ? "" : `<dl>${facts.map(([name, value]) => `<dt>${escaped(name)}</dt><dd>${escaped(value)}</dd>`).join("")}</dl>`}
${button === undefined ? "" : `<form method="post"><button type="submit">${escaped(button)}</button></form>`}
${open === undefined ? "" : `<a href="../${escaped(open)}">Open it in the dashboard</a>`}
</main>
</html>
`;

/** Text and attributes alike; what turns the direction of text is taken out. */
const escaped = (text: string): string =>
  text.replace(/[\p{Cf}]|(?![\n\t])\p{Cc}/gu, "").replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
