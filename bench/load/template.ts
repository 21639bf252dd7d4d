/** Messages that are made once as text and stamped with a number and a time in place, without any JSON. */
import { clientFrame, opcodes } from "./frames.ts";

/** Stands for the number of the event, decimal, in text that a subject gives. */
export const numberSlot = "%".repeat(12);
/** Stands for the intended send time in microseconds, decimal. */
export const timeSlot = "#".repeat(16);
/** Stands for the number of the channel, decimal, where events go round many. */
export const channelSlot = "$".repeat(8);
/** Comes right before the time, so that it can be found in whatever the subject makes of the message. */
export const timeMark = "@T";

const mark = Buffer.from(timeMark);
const zero = 48;

/** A WebSocket text frame of one or more events. */
export class Template {
  readonly frameBytes: number;
  readonly #frame: Buffer;
  readonly #numbers: number[];
  readonly #times: number[];
  readonly #channels: number[];

  /** `text` holds the slots, once per event. */
  constructor(text: string) {
    this.#frame = clientFrame(opcodes.text, Buffer.from(text));
    this.frameBytes = this.#frame.length;
    this.#numbers = placesOf(this.#frame, numberSlot);
    this.#times = placesOf(this.#frame, timeSlot);
    this.#channels = placesOf(this.#frame, channelSlot);
  }

  get events(): number {
    return this.#numbers.length;
  }

  /**
   * Writes the frame to `target` at `at`; its events get the numbers `number`, `number + 1` … and one time. An event
   * that names its channel twice has two slots for it, and the same number in both.
   */
  stamp(target: Buffer, at: number, number: number, timeUs: number, channel: (event: number) => number = first): void {
    this.#frame.copy(target, at);
    for (let i = 0; i < this.#numbers.length; i++) {
      putDigits(target, at + (this.#numbers[i] ?? 0), numberSlot.length, number + i);
    }
    for (let i = 0; i < this.#times.length; i++) {
      putDigits(target, at + (this.#times[i] ?? 0), timeSlot.length, timeUs);
    }
    const slotsEach = this.#channels.length / Math.max(1, this.events);
    for (let i = 0; i < this.#channels.length; i++) {
      const event = Math.floor(i / slotsEach);
      putDigits(target, at + (this.#channels[i] ?? 0), channelSlot.length, channel(number + event));
    }
  }
}

const first = (): number => 0;

function placesOf(bytes: Buffer, slot: string): number[] {
  const places: number[] = [];
  for (let at = bytes.indexOf(slot); at >= 0; at = bytes.indexOf(slot, at + slot.length)) places.push(at);
  return places;
}

function putDigits(target: Buffer, at: number, digits: number, value: number): void {
  let rest = value;
  for (let i = at + digits - 1; i >= at; i--) {
    const tens = Math.floor(rest / 10);
    target[i] = zero + rest - tens * 10;
    rest = tens;
  }
}

/** The time stamped into a message `bytes[start..end)`, in microseconds; -1 when there is none. */
export function stampedUs(bytes: Buffer, start: number, end: number): number {
  const from = end - (mark.length + timeSlot.length);
  // Near the end in every subject here, so looked for from there.
  for (let at = from; at >= start; at--) {
    if (bytes[at] !== mark[0] || bytes[at + 1] !== mark[1]) continue;
    let value = 0;
    for (let i = at + mark.length; i < at + mark.length + timeSlot.length; i++) {
      value = value * 10 + (bytes[i] ?? zero) - zero;
    }
    return value;
  }
  return -1;
}
