/** The searcher's thread: keeps the index behind the log and answers searches, out of the way of the writer. */
import { setPriority } from "node:os";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import type { Answers, Question, SearcherAsks, SearcherData } from "./messages.ts";
import { Searching } from "./searching.ts";
import { serve } from "./serving.ts";

/** While much is published: rest after each slice, as a multiple of the time it took. */
const restPerWork = 4;

function work(port: MessagePort, data: SearcherData): void {
  giveWay();
  const searching = new Searching(data);
  let through = 0;
  let busy = false;
  let stepping = false;
  let open = true;

  /** A slice per turn of the event loop, so that a search need not wait for the whole index. */
  const step = (): void => {
    const beganMs = performance.now();
    stepping = open && searching.step(through);
    if (!stepping) return;
    if (busy) setTimeout(step, (performance.now() - beganMs) * restPerWork);
    else setImmediate(step);
  };

  const answers: Answers<SearcherAsks> = {
    index: (ask) => {
      through = Math.max(through, ask.through);
      busy = ask.busy;
      if (!stepping) step();
      return null;
    },
    search: (ask) => searching.search(ask.query, ask.through),
    close: () => {
      open = false;
      searching.close();
      return null;
    },
  };

  port.on("message", (question: Question<SearcherAsks>) => serve(port, answers, question));
}

/** On Linux a thread has a priority of its own: indexing then takes what publishing leaves. */
function giveWay(): void {
  if (process.platform === "linux") setPriority(10);
}

if (parentPort !== null) work(parentPort, workerData);
