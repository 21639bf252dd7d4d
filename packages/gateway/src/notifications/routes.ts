/** /v1/notifications: who is told where. Everybody sees and changes their own only. */
import { createHash, randomBytes } from "node:crypto";
import { type Delivery, KeyedGcra, type Matter, matters, type Principal } from "@signalbox/core";
import Type from "typebox";
import type { App } from "../http/app.ts";
import { broken, type Refused, refused } from "../http/errors.ts";
import { answers } from "../http/schemas.ts";
import { membersOf } from "../http/steering.ts";
import type { Node } from "../node.ts";
import type { Endpoint } from "./carrier.ts";
import type { Notifier } from "./notifier.ts";
import { NotAllowed, type Outgoing } from "./outgoing.ts";
import { endpointsPerPrincipal, type Records, TooManyEndpoints } from "./records.ts";
import { hintOf, type NotificationSettings } from "./settings.ts";

export interface NotificationRoutesOptions {
  records: Records;
  notifier: Notifier;
  outgoing: Outgoing;
  settings(): NotificationSettings;
  /** A secret that signs a webhook's messages. */
  newSecret(): string;
  nowMs(): number;
}

const defaultDelayMs = 30_000;
const longestDelayMs = 600_000;
const labelLength = 80;
/** The old secret signs beside the new one for so long. */
const rotationMs = 86_400_000;
/** Who an owner is, and may do, is noted anew as often. */
const renewEveryMs = 3_600_000;
/** A test goes to somebody else's server. */
const tests = { perSecond: 0.2, burst: 5 };
const principalsRemembered = 10_000;

const noticeOptions = {
  label: Type.Optional(Type.String({ maxLength: labelLength, description: "What people call it." })),
  notify: Type.Optional(
    Type.Array(Type.Enum([...matters]), {
      description: "needs_you: a decision waits. trouble: an agent is lost, stuck or failed. [needs_you] if absent.",
    }),
  ),
  delayMs: Type.Optional(
    Type.Integer({ description: "How long something may wait before it is told, 0 to 600000; 30000 if absent." }),
  ),
};
const standing = {
  createdMs: Type.Integer({ description: "Milliseconds since 1970, as all times." }),
  lastSentMs: Type.Optional(Type.Integer()),
  failures: Type.Integer({ description: "Deliveries in a row that were not taken." }),
  disabled: Type.Optional(Type.String({ description: "Why nothing is sent any more." })),
};
const subscriptionSchema = Type.Object({
  id: Type.String(),
  service: Type.String({ description: "Where the push service is." }),
  ...noticeOptions,
  ...standing,
});
const webhookSchema = Type.Object({
  id: Type.String(),
  url: Type.String(),
  ...noticeOptions,
  paused: Type.Boolean(),
  rotatingUntilMs: Type.Optional(Type.Integer({ description: "Until then the secret before this one signs, too." })),
  ...standing,
});
const newWebhookSchema = Type.Object({
  ...webhookSchema.properties,
  secret: Type.String({ description: "Shown this once." }),
});
const deliverySchema = Type.Object({
  id: Type.String(),
  what: Type.String({ description: "opened, withdrawn or test." }),
  atMs: Type.Integer(),
  tookMs: Type.Integer(),
  status: Type.Optional(Type.Integer({ description: "Of the answer; absent: there was none." })),
  error: Type.Optional(Type.String({ description: "Why it was not taken." })),
});
const params = Type.Object({ id: Type.String({ pattern: "^[A-Za-z0-9_-]{1,64}$" }) });
const done = Type.Object({ removed: Type.Boolean() });

export function notificationRoutes(app: App, node: Node, options: NotificationRoutesOptions): void {
  const { records, notifier, outgoing, settings, newSecret, nowMs } = options;
  const tested = new KeyedGcra(tests, principalsRemembered);

  const own = (principal: Principal) => (one: Endpoint) => isSame(one.owner, principal);
  const listed = (principal: Principal, kind: string) =>
    records.endpoints.filter((one) => one.kind === kind && own(principal)(one));
  const found = (principal: Principal, kind: string, id: string): Endpoint => {
    const endpoint = records.find(id);
    if (endpoint?.kind === kind && own(principal)(endpoint)) return endpoint;
    throw refused("not_found", `there is no such ${kind === "webhook" ? "webhook" : "subscription"}`);
  };
  /** Their owner is here: with these rights, and with no others, it is told from now on. */
  const renew = async (principal: Principal): Promise<void> => {
    const now = nowMs();
    const old = records.endpoints.filter((one) => own(principal)(one) && now - one.renewedMs > renewEveryMs);
    if (old.length === 0) return;
    const owner = identityOf(principal);
    await records.change(new Set(old.map(({ id }) => id)), (one) => ({ ...one, owner, renewedMs: now }));
  };
  const keep = async (principal: Principal, endpoint: Endpoint): Promise<void> => {
    try {
      await records.put(endpoint, own(principal));
    } catch (error) {
      if (!(error instanceof TooManyEndpoints)) throw error;
      throw refused("rate_limited", `${error.message}: remove one`, { limit: error.limit, retryAfterMs: renewEveryMs });
    }
  };
  const checkUrl = (url: string, path: string): void => {
    try {
      outgoing.check(url);
    } catch (error) {
      throw error instanceof NotAllowed ? broken(path, error.message) : error;
    }
  };
  const test = async (principal: Principal, endpoint: Endpoint): Promise<Delivery> => {
    const waitMs = tested.take(principal.key, performance.now());
    if (waitMs > 0) throw refused("rate_limited", "too many tests", { retryAfterMs: Math.ceil(waitMs) });
    return notifier.test(endpoint);
  };
  const subscription = (one: Endpoint) => ({ id: one.id, service: new URL(one.url).origin, ...seen(one, records) });
  const webhook = (one: Endpoint) => {
    const until = one.secrets?.[1]?.untilMs;
    return {
      ...{ id: one.id, url: one.url, ...seen(one, records), paused: one.paused === true },
      ...(until !== undefined && until > nowMs() ? { rotatingUntilMs: until } : {}),
    };
  };

  app.get(
    "/v1/notifications/key",
    {
      schema: {
        summary: "What a browser needs to be told over Web Push",
        response: answers(
          Type.Object({
            publicKey: Type.String({ description: "The applicationServerKey." }),
            publicUrl: Type.String({ description: "Where links in notifications lead." }),
            limit: Type.Integer({ description: "Subscriptions and webhooks of one principal." }),
            hint: Type.Optional(Type.String({ description: "What an administrator should set." })),
          }),
        ),
      },
    },
    async () => {
      const { vapid } = await records.keys();
      const now = settings();
      const hint = hintOf(now);
      const about = { publicKey: vapid.publicKey, publicUrl: now.publicUrl, limit: endpointsPerPrincipal };
      return hint === undefined ? about : { ...about, hint };
    },
  );

  app.get(
    "/v1/notifications/subscriptions",
    {
      schema: {
        summary: "The asker's browsers that are told over Web Push",
        response: answers(Type.Object({ subscriptions: Type.Array(subscriptionSchema) })),
      },
    },
    async ({ principal }) => {
      await renew(principal);
      return { subscriptions: listed(principal, "web-push").map(subscription) };
    },
  );

  app.put(
    "/v1/notifications/subscriptions",
    {
      schema: {
        summary: "Tells a browser over Web Push",
        description: "The same endpoint again changes its options.",
        body: Type.Object({
          endpoint: Type.String({ description: "As PushSubscription.toJSON() has it." }),
          keys: Type.Object({ p256dh: Type.String(), auth: Type.String() }),
          ...noticeOptions,
        }),
        response: answers(subscriptionSchema),
      },
    },
    async (request) => {
      const { principal } = request;
      const members = membersOf(request, node);
      const url = textIn(members, "endpoint");
      checkUrl(url, "/endpoint");
      const keys = pushKeys(members.keys);
      const id = `p_${hash(`${principal.key} ${url}`)}`;
      const before = records.find(id);
      const now = nowMs();
      const endpoint: Endpoint = {
        ...{ id, kind: "web-push", owner: identityOf(principal), url, keys },
        ...optionsOf(members, before, principal),
        ...{ createdMs: before?.createdMs ?? now, renewedMs: now },
      };
      await keep(principal, endpoint);
      await records.resume(id);
      return subscription(endpoint);
    },
  );

  app.delete(
    "/v1/notifications/subscriptions/:id",
    { schema: { summary: "Tells a browser no more", params, response: answers(done) } },
    async ({ principal, params: { id } }) => {
      await records.remove(new Set([found(principal, "web-push", id).id]));
      return { removed: true };
    },
  );

  app.post(
    "/v1/notifications/subscriptions/:id/test",
    { schema: { summary: "Sends a test to a browser", params, response: answers(deliverySchema) } },
    async ({ principal, params: { id } }) => test(principal, found(principal, "web-push", id)),
  );

  app.get(
    "/v1/notifications/webhooks",
    {
      schema: {
        summary: "The asker's webhooks",
        response: answers(Type.Object({ webhooks: Type.Array(webhookSchema) })),
      },
    },
    async ({ principal }) => {
      await renew(principal);
      return { webhooks: listed(principal, "webhook").map(webhook) };
    },
  );

  app.post(
    "/v1/notifications/webhooks",
    {
      schema: {
        summary: "Adds a webhook",
        description: "The answer has its secret, which is shown this once.",
        body: Type.Object({ url: Type.String({ description: "https://…" }), ...noticeOptions }),
        response: { ...answers(newWebhookSchema), 201: newWebhookSchema },
      },
    },
    async (request, reply) => {
      const { principal } = request;
      const members = membersOf(request, node);
      const url = textIn(members, "url");
      checkUrl(url, "/url");
      const secret = newSecret();
      const now = nowMs();
      const endpoint: Endpoint = {
        ...{ id: `w_${randomBytes(9).toString("base64url")}`, kind: "webhook", owner: identityOf(principal), url },
        ...optionsOf(members, undefined, principal),
        ...{ createdMs: now, renewedMs: now, secrets: [{ secret }] },
      };
      await keep(principal, endpoint);
      reply.code(201);
      return { ...webhook(endpoint), secret };
    },
  );

  app.put(
    "/v1/notifications/webhooks/:id",
    {
      schema: {
        summary: "Changes a webhook, pauses it, or goes on with it",
        params,
        body: Type.Object({ ...noticeOptions, paused: Type.Optional(Type.Boolean()) }),
        response: answers(webhookSchema),
      },
    },
    async (request) => {
      const { principal } = request;
      const before = found(principal, "webhook", request.params.id);
      const members = membersOf(request, node);
      const { paused: wasPaused, label: _label, ...rest } = before;
      const isPaused = members.paused === undefined ? wasPaused === true : members.paused === true;
      const endpoint: Endpoint = {
        ...rest,
        ...{ owner: identityOf(principal), renewedMs: nowMs() },
        ...optionsOf(members, before, principal),
        ...(isPaused ? { paused: true } : {}),
      };
      await keep(principal, endpoint);
      if (members.paused === false) await records.resume(endpoint.id);
      return webhook(endpoint);
    },
  );

  app.delete(
    "/v1/notifications/webhooks/:id",
    { schema: { summary: "Removes a webhook", params, response: answers(done) } },
    async ({ principal, params: { id } }) => {
      await records.remove(new Set([found(principal, "webhook", id).id]));
      return { removed: true };
    },
  );

  app.post(
    "/v1/notifications/webhooks/:id/rotate",
    {
      schema: {
        summary: "Gives a webhook a new secret",
        description: "For a day both sign, so that its receiver can change over.",
        params,
        response: answers(newWebhookSchema),
      },
    },
    async ({ principal, params: { id } }) => {
      const before = found(principal, "webhook", id);
      const secret = newSecret();
      const old = before.secrets?.[0];
      const secrets = [
        { secret },
        ...(old === undefined ? [] : [{ secret: old.secret, untilMs: nowMs() + rotationMs }]),
      ];
      const endpoint: Endpoint = { ...before, secrets };
      await keep(principal, endpoint);
      return { ...webhook(endpoint), secret };
    },
  );

  app.post(
    "/v1/notifications/webhooks/:id/test",
    { schema: { summary: "Sends a test to a webhook", params, response: answers(deliverySchema) } },
    async ({ principal, params: { id } }) => test(principal, found(principal, "webhook", id)),
  );

  app.get(
    "/v1/notifications/webhooks/:id/deliveries",
    {
      schema: {
        summary: "A webhook's last 20 deliveries, the newest first",
        params,
        response: answers(Type.Object({ deliveries: Type.Array(deliverySchema) })),
      },
    },
    async ({ principal, params: { id } }) => {
      const { deliveries } = records.standingOf(found(principal, "webhook", id).id);
      return { deliveries: deliveries.toReversed() };
    },
  );
}

const isSame = (one: Endpoint["owner"], other: Endpoint["owner"]): boolean =>
  one.kind === other.kind && one.id === other.id && one.tenant === other.tenant;

/** Rights are compiled anew from what they follow from. */
function identityOf({ rights: _rights, key: _key, ...identity }: Principal): Endpoint["owner"] {
  return identity;
}

const hash = (text: string): string => createHash("sha256").update(text).digest("base64url").slice(0, 22);

function seen({ id, label, notify, delayMs, createdMs }: Endpoint, records: Records) {
  const { failures, lastSentMs, disabled } = records.standingOf(id);
  return {
    ...(label === undefined ? {} : { label }),
    ...{ notify, delayMs, createdMs, failures },
    ...(lastSentMs === undefined ? {} : { lastSentMs }),
    ...(disabled === undefined ? {} : { disabled }),
  };
}

function textIn(members: Record<string, unknown>, name: string): string {
  const value = members[name];
  if (typeof value !== "string" || value === "") throw broken(`/${name}`, "must be a text");
  return value;
}

function pushKeys(value: unknown): NonNullable<Endpoint["keys"]> {
  const { p256dh, auth }: { p256dh?: unknown; auth?: unknown } =
    typeof value === "object" && value !== null ? value : {};
  // A point of P-256, not compressed, and 16 bytes (RFC 8291).
  if (typeof p256dh !== "string" || !isBytes(p256dh, 65)) throw broken("/keys/p256dh", "must be a public key of P-256");
  if (typeof auth !== "string" || !isBytes(auth, 16)) throw broken("/keys/auth", "must be 16 bytes in base64url");
  return { p256dh, auth };
}

const isBytes = (text: string, bytes: number): boolean =>
  /^[A-Za-z0-9_-]+={0,2}$/.test(text) && Buffer.from(text, "base64url").length === bytes;

/** What is not said stays as it was. Throws where nothing of it could ever be told to who asks. */
function optionsOf(
  { label, notify, delayMs }: Record<string, unknown>,
  before: Endpoint | undefined,
  { rights }: Principal,
): Pick<Endpoint, "notify" | "delayMs" | "label"> {
  if (label !== undefined && (typeof label !== "string" || label.length > labelLength)) {
    throw broken("/label", `must have at most ${labelLength} characters`);
  }
  const wanted: unknown = notify ?? before?.notify ?? ["needs_you"];
  const isMatter = (one: unknown): one is Matter => (matters as readonly unknown[]).includes(one);
  if (!Array.isArray(wanted) || wanted.length === 0 || !wanted.every(isMatter)) {
    throw broken("/notify", `must be a list of ${matters.join(", ")}`);
  }
  const delay = delayMs ?? before?.delayMs ?? defaultDelayMs;
  if (typeof delay !== "number" || !Number.isInteger(delay) || delay < 0 || delay > longestDelayMs) {
    throw broken("/delayMs", `must be a whole number from 0 to ${longestDelayMs}`);
  }
  for (const [matter, verb] of [
    ["needs_you", "approve"],
    ["trouble", "subscribe"],
  ] as const) {
    if (wanted.includes(matter) && !rights.mayAny(verb)) throw lacks(matter, verb);
  }
  const called = label ?? before?.label;
  return {
    notify: [...new Set(wanted)],
    delayMs: delay,
    ...(called === undefined || called === "" ? {} : { label: called }),
  };
}

const lacks = (matter: Matter, verb: string): Refused =>
  refused("forbidden", `this token may not be told of ${matter}: it lacks the verb ${verb}`, { verb });
