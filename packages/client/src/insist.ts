/** Asks until there is an answer: what is refused for now is asked again after a pause. */
import { backoffMs, defaultBackoff } from "./backoff.ts";
import { retryAfterMs } from "./decode.ts";
import { GatewayError } from "./errors.ts";
import type { Outside } from "./outside.ts";

export type Insist = <Answer>(ask: () => Promise<Answer>) => Promise<Answer>;

/** Rejects with what would be the same another time, and with anything once `isOver`. */
export const insistence =
  ({ clock, random }: Pick<Outside, "clock" | "random">, isOver: () => boolean): Insist =>
  async (ask) => {
    for (let tries = 1; ; tries++) {
      try {
        return await ask();
      } catch (error) {
        if (!(error instanceof GatewayError) || !error.temporary || isOver()) throw error;
        const ms = retryAfterMs(error) ?? backoffMs(tries, random(), defaultBackoff);
        await new Promise<void>((resolve) => clock.after(ms, resolve));
      }
    }
  };
