/** The tests of one channel, as it tells of them; with a moment, as they were then. */
import type { Client, Readable, WatchState } from "@signalbox/client";
import type { Publication } from "@signalbox/protocol";
import { perChannel, whileWatched } from "../stores/while-watched.ts";
import { TestFold, type TestView, testEventTypes } from "./test-fold.ts";

/** Events of the channel that are looked back at, of whatever type. */
export const lookedBack = 50_000;
/** Events held of those that tell of tests: the moment is folded from them. */
const heldMost = 20_000;
const renewedEveryMs = 250;

export interface TestSourceView {
  live: TestView;
  status: WatchState["status"];
  error: string | undefined;
  /** How often events were not sent, or were no longer kept. */
  gaps: number;
}

export interface TestSource extends Readable<TestSourceView> {
  /** Folded from what is held up to that time, milliseconds since 1970. */
  at(ms: number): TestView;
}

type Held = Pick<Publication, "type" | "data" | "timestamp" | "offset">;

/** The same channel, the same source. */
export const testsOf = perChannel(open);

function open(client: Client, channel: string): TestSource {
  let fold = new TestFold();
  let held: Held[] = [];
  let gaps = 0;
  const store = whileWatched<TestSourceView>(
    { live: fold.view(), status: "offline", error: undefined, gaps },
    ({ soon }) => {
      fold = new TestFold();
      held = [];
      gaps = 0;
      const watch = client.watch(channel, {
        since: { last: lookedBack },
        filter: { types: testEventTypes },
        onEvents: (events) => {
          for (const event of events) {
            fold.add(event);
            held.push(event);
          }
          if (held.length > heldMost) held = held.slice(-heldMost);
          soon();
        },
        onGap: () => {
          gaps++;
          soon();
        },
        onState: ({ status }) => soon({ status }),
        onError: (error) => soon({ status: "refused", error: `${error.message} ${error.help}` }),
      });
      return () => watch.stop();
    },
    { everyMs: renewedEveryMs, now: () => ({ gaps, live: fold.view() }) },
  );
  return {
    ...store,
    at: (ms) => {
      const past = new TestFold();
      for (const event of held) if (event.timestamp <= ms) past.add(event);
      return past.view();
    },
  };
}
