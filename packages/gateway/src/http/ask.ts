/** Asking the engine and the hub from a request: a promise that a failure rejects with its row. */
import { type Done, hasFailed } from "@signalbox/core";
import { refusedBy } from "./errors.ts";

export const ask = <Answer extends object>(question: (done: Done<Answer>) => void): Promise<Answer> =>
  new Promise((resolve, reject) => {
    question((answer) => {
      if (hasFailed(answer)) reject(refusedBy(answer));
      else resolve(answer);
    });
  });
