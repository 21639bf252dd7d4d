/** The writer's thread: owns the database. Appends first, in groups; then questions; then what is written behind. */
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import type { Question, WriterAsks, WriterData } from "./messages.ts";
import { Writer } from "./writing.ts";

type WriterQuestion = Question<WriterAsks>;

/** Milliseconds of answering questions before appends are looked at again. */
const questionsMs = 4;

function work(port: MessagePort, data: WriterData): void {
  const writer = new Writer(port, data);
  const appends: Question<WriterAsks, "append">[] = [];
  const questions: WriterQuestion[] = [];

  const take = (message: WriterQuestion): void => {
    if (isAppend(message)) appends.push(message);
    else questions.push(message);
  };

  const answerQuestions = (): void => {
    const until = performance.now() + questionsMs;
    for (let next = questions[0]; next !== undefined && performance.now() < until; next = questions[0]) {
      // Whatever was accepted before comes first.
      if (next.what === "close" && appends.length > 0) return;
      questions.shift();
      writer.answer(next);
    }
  };

  /** Everything that came while a commit ran is in the next one, without a turn of the event loop in between. */
  const run = (first: WriterQuestion): void => {
    take(first);
    do {
      for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
        take(next.message);
      }
      if (appends.length > 0) writer.commit(appends);
      answerQuestions();
    } while (writer.writeBehind() || appends.length > 0 || questions.length > 0);
  };

  port.on("message", run);
}

const isAppend = (message: WriterQuestion): message is Question<WriterAsks, "append"> => message.what === "append";

if (parentPort !== null) work(parentPort, workerData);
