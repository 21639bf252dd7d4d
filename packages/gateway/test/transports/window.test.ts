import { expect, test } from "vitest";
import { Window } from "../../src/transports/websocket/window.ts";
import { Link, type LinkOptions } from "../support/link.ts";

const outboxBytes = 1_048_576;
const messageBytes = 250;

/** Writes what there is to write as long as the window lets it, as subscriptions do: full at it, on again below its half. */
function run(link: Link, window: Window, ms: number, bytesPerMs: number): { mostQueued: number; held: number } {
  let full = false;
  let due = 0;
  let mostQueued = 0;
  let held = 0;
  for (const endMs = link.nowMs + ms; link.nowMs < endMs; ) {
    due += bytesPerMs;
    if (full && window.isLow(window.unseenBytes)) full = false;
    let bytes = 0;
    while (!full && due >= messageBytes) {
      due -= messageBytes;
      bytes += messageBytes;
      full = window.unseenBytes + bytes >= window.bytes;
    }
    if (bytes > 0) link.write(bytes);
    if (full) held++;
    mostQueued = Math.max(mostQueued, link.queuedBytes);
    link.step();
  }
  return { mostQueued, held };
}

/** The same chances in every run. */
function chances(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

const open = (options: LinkOptions): { link: Link; window: Window } => {
  const window = new Window(outboxBytes, 0);
  return { window, link: new Link(window, options) };
};

const slowLinks: LinkOptions[] = [
  { bytesPerSecond: 8_000, roundTripMs: 50 },
  { bytesPerSecond: 8_000, roundTripMs: 300, jitterMs: 200, random: chances(1) },
  { bytesPerSecond: 32_000, roundTripMs: 100, jitterMs: 100, random: chances(2) },
  { bytesPerSecond: 128_000, roundTripMs: 20 },
];

test.each(slowLinks)("§4.10 about a second waits on a link of $bytesPerSecond bytes a second", (options) => {
  const { link, window } = open(options);
  run(link, window, 30_000, 1_000);
  const before = link.takenBytes;
  const { mostQueued } = run(link, window, 60_000, 1_000);
  // The least window is a second at 8 kB/s.
  expect(mostQueued).toBeLessThan(Math.max(8_192, 1.25 * options.bytesPerSecond) + messageBytes);
  // And it is used: waiting for pongs costs a part of it at most.
  expect(link.takenBytes - before).toBeGreaterThan(0.6 * 60 * options.bytesPerSecond);
});

test("§4.10 the first queue on a slow link is the first window", () => {
  const { link, window } = open({ bytesPerSecond: 8_000, roundTripMs: 50 });
  expect(run(link, window, 10_000, 1_000).mostQueued).toBeLessThan(65_536 + messageBytes);
});

test.each([
  { bytesPerSecond: 1e9, roundTripMs: 0 },
  { bytesPerSecond: 1e9, roundTripMs: 5, jitterMs: 3, random: chances(3) },
  { bytesPerSecond: 12_500_000, roundTripMs: 30 },
])("a viewer that keeps up with 5,000 messages a second is never held back ($roundTripMs ms away)", (options) => {
  const { link, window } = open(options);
  const { held } = run(link, window, 10_000, 5 * messageBytes);
  expect(held).toBe(0);
});

test("§4.10 far away a fast link is filled once its window has grown", () => {
  const { link, window } = open({ bytesPerSecond: 2_500_000, roundTripMs: 100, jitterMs: 20, random: chances(4) });
  run(link, window, 2_000, 2_500);
  expect(window.bytes).toBe(outboxBytes);
  const before = link.takenBytes;
  run(link, window, 5_000, 2_500);
  expect(link.takenBytes - before).toBeGreaterThan(0.75 * 5 * 2_500_000);
});

test("after a burst on a near link the window is the whole outbox within two pongs", () => {
  const { link, window } = open({ bytesPerSecond: 1e9, roundTripMs: 1 });
  let pongs = 0;
  while (pongs < 2) {
    link.write(20_000);
    if (link.step()) pongs++;
  }
  expect(window.bytes).toBe(outboxBytes);
});

test("§4.10 a link that becomes slow gets a small window, and a wide one when it recovers", () => {
  const { link, window } = open({ bytesPerSecond: 1_000_000, roundTripMs: 20 });
  run(link, window, 5_000, 1_250);
  expect(window.bytes).toBeGreaterThan(500_000);
  link.bytesPerSecond = 8_000;
  run(link, window, 180_000, 1_250);
  expect(run(link, window, 20_000, 1_250).mostQueued).toBeLessThan(10_000);
  link.bytesPerSecond = 1_000_000;
  run(link, window, 5_000, 900);
  expect(window.bytes).toBeGreaterThan(500_000);
});

test("little that is written says nothing of the link", () => {
  const { link, window } = open({ bytesPerSecond: 8_000, roundTripMs: 50 });
  for (let second = 0; second < 300; second++) {
    link.write(500);
    for (let ms = 0; ms < 1_000; ms++) link.step();
  }
  expect(window.bytes).toBe(65_536);
});

test("only the probe that is under way is answered, once", () => {
  const window = new Window(outboxBytes, 1_000);
  expect(window.wrote(10_000, 0)).toBe(false);
  expect(window.wrote(10_000, 1)).toBe(true);
  const number = window.probe(1);
  expect(window.wrote(300_000, 2)).toBe(false);
  expect(window.unseenBytes).toBe(321_000);
  expect(window.answered(number + 1, 3)).toBeUndefined();
  expect(window.answered(0, 3)).toBeUndefined();
  expect(window.answered(number, 3)).toBe(2);
  expect(window.answered(number, 4)).toBeUndefined();
  expect(window.unseenBytes).toBe(300_000);
  expect(window.probeDue).toBe(true);
});

test("a window is never wider than the outbox, however small that is", () => {
  const window = new Window(1_000, 0);
  expect(window.bytes).toBe(1_000);
  expect(window.wrote(600, 0)).toBe(true);
  window.answered(window.probe(0), 60_000);
  expect(window.bytes).toBe(1_000);
});
