/** The threads' side of a conversation: questions in, answers out. */
import type { MessagePort } from "node:worker_threads";
import type { Answer, Answers, Asks, Question } from "./messages.ts";
import { describe } from "./sqlite-errors.ts";
import { WritesEnded } from "./transactions.ts";

/** Answers one question; a fault becomes an answer too. */
export function serve<All extends Asks<All>>(
  port: MessagePort,
  answers: Answers<All>,
  { id, what, ask, nowMs }: Question<All>,
  onFault?: (error: unknown) => void,
): void {
  try {
    send(port, { id, value: answers[what](ask, nowMs) });
  } catch (error) {
    onFault?.(error);
    refuse(port, id, error);
  }
}

export function refuse(port: MessagePort, id: number, error: unknown): void {
  send(port, { id, error: describe(error), ended: error instanceof WritesEnded });
}

export function send(port: MessagePort, answer: Answer): void {
  port.postMessage(answer);
}
