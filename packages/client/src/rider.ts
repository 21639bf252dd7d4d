/** What a module of its own, such as states.ts, adds to the session: it asks and is told over the same link. */
import type { Message } from "@signalbox/protocol";
import type { Clock } from "./clock.ts";
import type { Outgoing } from "./transport.ts";

export interface Rider {
  /** Something is to be asked. */
  due(): boolean;
  /** `all`: on a link that begins. `again`: on one that begins often (a stream, a poll), as it were the same. */
  asks(all: boolean, again: boolean): Outgoing[];
  /** False: the message is not for it. */
  take(message: Message): boolean;
  /** The link that knew of it is gone. `lost`: no other took its place. */
  unlink(lost: boolean): void;
}

export interface Ride {
  newId(): string;
  readonly clock: Clock;
  /** It has something due, perhaps. */
  look(): void;
  end(): void;
}
