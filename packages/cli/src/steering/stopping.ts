/** Who has answered a command that was given to many. */
import { counted } from "../text/describe.ts";

export interface Answers {
  /** Those that were given the command. */
  told: number;
  /** Those of them that have it, or had it: they answered. */
  acknowledged: number;
  done: number;
  failed: number;
  /** Those whose end is still to come. */
  open: number;
  notAnswering: number;
  /** Those that could not be given it. */
  refused: number;
}

/** `counts`: of the commands, by state. */
export function answersOf(told: number, refused: number, counts: Readonly<Record<string, number>>): Answers {
  const of = (...states: string[]): number => states.reduce((sum, state) => sum + (counts[state] ?? 0), 0);
  const acknowledged = of("delivered", "started", "done", "failed");
  return {
    ...{ told, acknowledged, done: of("done"), failed: of("failed"), open: of("queued", "delivered", "started") },
    ...{ notAnswering: told - acknowledged, refused },
  };
}

export const isAnswered = ({ notAnswering, failed, refused }: Answers): boolean =>
  notAnswering + failed + refused === 0;

export function describeAnswers(
  { told, acknowledged, done, failed, notAnswering, refused }: Answers,
  name: string,
): string {
  if (told + refused === 0) return "nobody is at work there";
  const parts = [`${acknowledged} acknowledged`, `${done} done`];
  if (failed > 0) parts.push(`${failed} failed`);
  if (notAnswering > 0) parts.push(`${notAnswering} not answering`);
  if (refused > 0) parts.push(`${refused} refused`);
  return `${counted(told, "channel")} told to ${name}: ${parts.join(", ")}`;
}
