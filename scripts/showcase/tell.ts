/** Tells a gateway the story: events as they were, and what only its API can do. */
import { type Story, storyOf, type Told } from "./story.ts";

interface Gateway {
  url: string;
  token: string;
}

/** Of one request. */
const eventsAtOnce = 200;

export async function tellStory(gateway: Gateway, story: Story): Promise<void> {
  const all = storyOf(story);
  for (let from = 0; from < all.length; from += eventsAtOnce) {
    await send(gateway, "POST", "/v1/events", all.slice(from, from + eventsAtOnce));
  }
  for (const asked of questions(story.nowMs)) await send(gateway, "POST", "/v1/checkpoints", asked);
  await send(gateway, "POST", "/v1/checkpoints/seed-data/decision", { decision: "approve", reason: "Only test data" });
  await send(gateway, "POST", "/v1/events", applied(story.nowMs));
  await send(gateway, "POST", "/v1/commands", {
    target: "agent:coder-001",
    name: "focus",
    args: { path: "src/coupons" },
  });
}

async function send({ url, token }: Gateway, method: string, path: string, body: unknown): Promise<void> {
  const answer = await fetch(url + path, {
    method,
    body: JSON.stringify(body),
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
  });
  const said = await answer.text();
  if (!answer.ok || said.includes('"error":{'))
    throw new Error(`${method} ${path}: ${answer.status} ${said.slice(0, 500)}`);
}

const diff = `--- a/migrations/0042_coupons.sql
+++ b/migrations/0042_coupons.sql
@@ -0,0 +1,9 @@
+create table coupons (
+  code text primary key,
+  cents_off integer not null check (cents_off > 0),
+  expires_at timestamptz not null
+);
+
+alter table orders
+  add column coupon_code text references coupons (code);
+create index orders_coupon_code on orders (coupon_code);
--- a/src/orders.ts
+++ b/src/orders.ts
@@ -18,7 +18,8 @@
   const order = await read(id);
-  return total(order.lines);
+  const off = await couponOf(order);
+  return Math.max(0, total(order.lines) - off);
 }
`;

const questions = (nowMs: number): object[] => [
  {
    ...{ channel: "agent:coder-001", checkpointId: "migrate", agentId: "coder-001", risk: "high" },
    title: "Migrate the shop's database?",
    deadline: nowMs + 26 * 60_000,
    default: "deny",
    checkpointData: { command: "npm", args: ["run", "migrate", "--", "--to", "0042"], cwd: "/srv/shop", diff },
  },
  {
    ...{ channel: "agent:docs-01", checkpointId: "rename", agentId: "docs-01", risk: "low" },
    title: "Which name shall stay?",
    checkpointData: { name: "voucher", files: 14 },
    answerSchema: {
      type: "object",
      properties: {
        name: { enum: ["coupon", "voucher"], title: "Name" },
        files: { type: "integer", title: "Files", minimum: 1 },
      },
      required: ["name"],
    },
  },
  {
    ...{
      channel: "agent:reviewer-002",
      checkpointId: "call-bank",
      agentId: "reviewer-002",
      risk: "medium",
      approvals: 2,
    },
    title: "Call the bank's sandbox?",
    deadline: nowMs + 4 * 60_000,
    checkpointData: { method: "POST", url: "https://sandbox.bank.example/v2/refunds", body: { cents: 1_999 } },
  },
  {
    ...{ channel: "agent:coder-001", checkpointId: "seed-data", agentId: "coder-001" },
    title: "Fill the test database?",
    checkpointData: { command: "npm", args: ["run", "seed"] },
  },
];

const applied = (nowMs: number): Told => ({
  type: "checkpoint_applied",
  channel: "agent:coder-001",
  timestamp: nowMs,
  data: { checkpointId: "seed-data", decision: "approve", agentId: "coder-001" },
});
