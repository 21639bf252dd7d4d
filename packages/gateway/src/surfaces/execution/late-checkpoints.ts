/** Checkpoints that were open when a room was joined: a folded state names them, what they ask is looked up, one after the other. */
import { checkpointIsOpen, hasFailed, lifeOf } from "@signalbox/core";
import type { Engine } from "../../engine.ts";
import { membersIn } from "../members.ts";
import { type Flat, flatCheckpoint } from "./outward.ts";

interface LateOptions {
  engine: Engine;
  /** Without what the viewer may not see. */
  seen(state: unknown): unknown;
  say(flat: Flat): void;
}

/** Events after which a checkpoint is not open. */
const ends: ReadonlySet<string> = new Set(["checkpoint_decided", "checkpoint_expired", "checkpoint_withdrawn"]);

export class LateCheckpoints {
  readonly #options: LateOptions;
  /** Room by id, in the order in which they are told. */
  readonly #waiting = new Map<string, string>();
  #looking = false;
  #gone = false;

  constructor(options: LateOptions) {
    this.#options = options;
  }

  tell(checkpointId: string, room: string): void {
    this.#waiting.set(checkpointId, room);
    this.#next();
  }

  /** An event that was delivered: what it ended is not told as open any more. */
  ended(type: string, data: unknown): void {
    if (this.#waiting.size > 0 && ends.has(type)) this.#waiting.delete(membersIn(data).text("checkpointId") ?? "");
  }

  end(): void {
    this.#gone = true;
    this.#waiting.clear();
  }

  #next(): void {
    const [first] = this.#waiting.keys();
    if (this.#looking || this.#gone || first === undefined) return;
    this.#looking = true;
    this.#options.engine.register(`checkpoint/${first}`, (answer) => {
      this.#looking = false;
      const room = this.#waiting.get(first);
      this.#waiting.delete(first);
      const life =
        hasFailed(answer) || answer.register === undefined ? undefined : lifeOf("checkpoint", answer.register);
      if (room !== undefined && life !== undefined && life.state.channel === room && checkpointIsOpen(life.state)) {
        this.#options.say(flatCheckpoint(this.#options.seen(life.state), room));
      }
      this.#next();
    });
  }
}
