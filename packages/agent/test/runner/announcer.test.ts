/** What a runner says of itself reaches the gateway, the newest of each kind. */
import { GatewayError, type Problem } from "@signalbox/client";
import { errorCodes } from "@signalbox/protocol";
import { expect, test } from "vitest";
import { Announcer } from "../../src/runner/announcer.ts";
import { FakeClock } from "../fake-clock.ts";

interface Request {
  body: { type: string; data: { message?: string }; metadata: { idempotencyKey: string } };
  answer(): void;
  fail(name: "unavailable" | "invalid_message"): void;
}

function scripted() {
  const requests: Request[] = [];
  const refused: Problem[] = [];
  const clock = new FakeClock();
  const request = <Answer>(_path: string, init: { body?: unknown } = {}): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const [body] = init.body as [Request["body"]];
      const fail: Request["fail"] = (name) =>
        reject(new GatewayError({ ...errorCodes[name], name, message: name }, errorCodes[name].http));
      requests.push({ body, answer: () => resolve({} as Answer), fail });
    });
  const announcer = new Announcer({
    ...{ client: { request }, clock, random: () => 0, channel: "agent:runner-ci" },
    onRefused: (problem) => refused.push(problem),
  });
  const say = (message: string): void =>
    announcer.say("agent_status", { agentId: "runner-ci", status: "idle", message });
  const next = async (count: number): Promise<Request> => {
    while (requests.length < count) await Promise.resolve();
    const found = requests[count - 1];
    if (found === undefined) throw new Error("not asked");
    return found;
  };
  return { announcer, clock, requests, refused, say, next };
}

const said = ({ body }: Request): unknown => body.data.message ?? body.type;

test("one at a time, in order, and only the newest of those that wait", async () => {
  const { announcer, requests, say, next } = scripted();
  announcer.say("agent_commands", { agentId: "runner-ci", commands: [] });
  say("one");
  say("two");
  (await next(1)).answer();
  const second = await next(2);
  say("three");
  second.answer();
  (await next(3)).answer();
  await announcer.settle(new AbortController().signal);
  expect(requests.map(said)).toEqual(["agent_commands", "two", "three"]);
});

test("what has no answer is said again, as the same event; what is refused is not", async () => {
  const { announcer, clock, requests, refused, say, next } = scripted();
  say("one");
  (await next(1)).fail("unavailable");
  await clock.timerWithin(25_000);
  clock.pass(25_000);
  (await next(2)).fail("invalid_message");
  await announcer.settle(new AbortController().signal);
  expect(new Set(requests.map(({ body }) => body.metadata.idempotencyKey)).size).toBe(1);
  expect(refused).toMatchObject([{ name: "invalid_message" }]);
});

test("who leaves does not wait for a gateway that is away", async () => {
  const { announcer, say, next } = scripted();
  const leave = new AbortController();
  say("one");
  (await next(1)).fail("unavailable");
  const settled = announcer.settle(leave.signal);
  leave.abort();
  await settled;
});
