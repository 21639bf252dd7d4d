/**
 * Socket.IO's own clients beside the gateway, written from spec/surfaces.md §4 alone. Usage: socketio-peer.mjs
 * PACKAGE HTTP_URL TOKEN PROCESS_ID, where socket.io-client-2 is version 2. Prints by cell `ok`, or what went wrong.
 */
import { createRequire } from "node:module";

const [name = "", url = "", token = "", processId = ""] = process.argv.slice(2);
const module = createRequire(import.meta.url)(name);
const io = module.io ?? module;
/** Version 2 has no `auth`: its token comes with the first request. */
const old = name.endsWith("-2");
const patienceMs = 15_000;

class Talk {
  constructor(proven, auth = {}) {
    const headers = { authorization: `Bearer ${proven}` };
    const proof = old
      ? { transportOptions: { polling: { extraHeaders: headers }, websocket: { extraHeaders: headers } } }
      : { auth: { token: proven, ...auth } };
    this.socket = io(url, { ...proof, forceNew: true, reconnection: false });
    this.came = [];
    this.look = () => {};
    const names = [
      "connect",
      "connect_error",
      "disconnect",
      "process-output",
      "task-assigned",
      "positions",
      "error",
      "gap",
    ];
    for (const event of names) {
      this.socket.on(event, (...args) => {
        this.came.push({ event, args });
        this.look();
      });
    }
  }

  /** The arguments of the next such event; others before it are let go. */
  async next(event) {
    const late = new Promise((resolve) => setTimeout(resolve, patienceMs, "late"));
    for (;;) {
      for (let found = this.came.shift(); found; found = this.came.shift()) {
        if (found.event === event) return found.args;
        if (found.event === "connect_error" || found.event === "disconnect") throw new Error(JSON.stringify(found));
      }
      const come = new Promise((resolve) => {
        this.look = resolve;
      });
      if ((await Promise.race([come, late])) === "late") throw new Error(`no ${event} came`);
    }
  }

  ask(event, ...args) {
    return new Promise((resolve, reject) => {
      setTimeout(reject, patienceMs, new Error(`no answer to ${event}`));
      this.socket.emit(event, ...args, resolve);
    });
  }

  async lines(count) {
    const found = [];
    while (found.length < count) found.push(await this.next("process-output"));
    return found;
  }

  close() {
    this.socket.close();
  }
}

async function connected(auth) {
  const talk = new Talk(token, auth);
  await talk.next("connect");
  return talk;
}

async function publish(...outputs) {
  const events = outputs.map((output) => ({ type: "process_output", data: { processId, stream: "stdout", output } }));
  const answer = await fetch(`${url}/v1/events`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(events),
  });
  if (!answer.ok) throw new Error(await answer.text());
}

const same = (found, wanted) => {
  if (JSON.stringify(found) !== JSON.stringify(wanted)) {
    throw new Error(`${JSON.stringify(found)?.slice(0, 200)} instead of ${JSON.stringify(wanted)}`);
  }
};

/** Where the client stands in its room. */
let position;

const cells = {
  async connect() {
    const talk = await connected();
    same(typeof talk.socket.id, "string");
    talk.close();
  },
  async refused() {
    const talk = new Talk("wrong-token");
    const [error] = await talk.next(old ? "error" : "connect_error");
    same((old ? error : error.data).name, "unauthenticated");
    talk.close();
  },
  async subscribe() {
    await publish("one", "two");
    const talk = await connected();
    same((await talk.ask("subscribe-process", processId, { since: "earliest" })).ok, true);
    const lines = await talk.lines(2);
    same(
      lines.map(([{ output }]) => output),
      ["one", "two"],
    );
    position = lines[1][1][`process:${processId}`];
    talk.close();
  },
  async resume() {
    await publish("three", "four");
    const talk = await connected(old ? {} : { since: { [`process:${processId}`]: position } });
    const since = old ? [{ since: position }] : [];
    const answer = await talk.ask("subscribe-process", processId, ...since);
    same([answer.ok, answer.recovered], [true, true]);
    same(
      (await talk.lines(2)).map(([{ output }]) => output),
      ["three", "four"],
    );
    talk.close();
  },
  async mebibyte() {
    const talk = await connected();
    await talk.ask("subscribe-process", processId);
    const event = { type: "process_output", data: { processId, stream: "stdout", output: "" } };
    const room = 1_048_576 - JSON.stringify([event]).length;
    await publish("m".repeat(room));
    same((await talk.lines(1))[0][0].output.length, room);
    talk.close();
  },
  async closeCodes() {
    const talk = await connected();
    for (let n = 0; n < 50; n++) talk.socket.emit("no-such-event");
    for (;;) {
      const [error] = await talk.next("error");
      if (error.name === "too_many_errors") {
        same(error.number, 3504);
        break;
      }
    }
    same((await talk.next("disconnect"))[0], "io server disconnect");
  },
};

const outcomes = {};
for (const [cell, run] of Object.entries(cells)) {
  outcomes[cell] = await run().then(
    () => "ok",
    (error) => String(error),
  );
}
process.stdout.write(`${JSON.stringify(outcomes)}\n`, () => process.exit(0));
