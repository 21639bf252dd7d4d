/** The frame mutator: bytes that were right once, changed as noise, a broken peer or an attacker would. */
import fc from "fast-check";

interface Change {
  do: "flip" | "set" | "insert" | "remove" | "repeat" | "cut" | "swap";
  /** Where, as a share of the length in 65,536ths. */
  at: number;
  size: number;
  value: number;
}

/** Lengths, opcodes and bits at which formats change their mind. */
const telling = [
  0x00, 0x01, 0x02, 0x0a, 0x0d, 0x20, 0x22, 0x7b, 0x7d, 0x7e, 0x7f, 0x80, 0x81, 0x88, 0x89, 0xc1, 0xfe, 0xff,
];

const change: fc.Arbitrary<Change> = fc.record({
  do: fc.constantFrom("flip", "set", "insert", "remove", "repeat", "cut", "swap"),
  at: fc.nat(65_535),
  size: fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 1, max: 8 }) }, fc.integer({ min: 1, max: 300 })),
  value: fc.oneof(fc.constantFrom(...telling), fc.nat(255)),
});

export const byteChanges: fc.Arbitrary<readonly Change[]> = fc.array(change, { maxLength: 4 });

export function changed(bytes: Buffer, changes: readonly Change[]): Buffer {
  return changes.reduce((now, one) => apply(now, one), bytes);
}

function apply(bytes: Buffer, { do: what, at: share, size, value }: Change): Buffer {
  const at = Math.floor((share / 65_536) * bytes.length);
  const before = bytes.subarray(0, at);
  const after = bytes.subarray(at);
  switch (what) {
    case "flip":
    case "set": {
      const copy = Buffer.from(bytes);
      const here = copy[at];
      if (here !== undefined) copy[at] = what === "set" ? value : here ^ (1 << (value & 7));
      return copy;
    }
    case "insert":
      return Buffer.concat([before, Buffer.alloc(Math.min(size, 16), value), after]);
    case "remove":
      return Buffer.concat([before, after.subarray(size)]);
    case "repeat":
      return Buffer.concat([before, after.subarray(0, size), after]);
    case "cut":
      return Buffer.from(before);
    case "swap":
      return Buffer.concat([before, after.subarray(size, 2 * size), after.subarray(0, size), after.subarray(2 * size)]);
  }
}
