/** What an attack is: a name, what it sends, and a start. It ends with its process. */
import type { Field } from "../attacker/field.ts";

export interface Attack {
  name: string;
  /** What is sent, with rates: these are upper bounds, held when the gateway takes that much. */
  about: string;
  /** Sets timers and opens lines; the attacker's process ends them all when the time is over. */
  start(field: Field): void;
}
