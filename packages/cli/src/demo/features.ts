/** What the demo's developer writes: small pieces of a till, with tests that fail until the code is there. */

export interface Feature {
  /** Name of the module and of its function. */
  name: string;
  title: string;
  /** Title and body of each test. */
  tests: ReadonlyArray<readonly [string, string]>;
  code: string;
}

export const features: readonly Feature[] = [
  {
    name: "total",
    title: "Add up a bill",
    tests: [
      [
        "adds price times quantity of each item",
        "assert.equal(total([{ cents: 250, count: 2 }, { cents: 99, count: 1 }]), 599);",
      ],
      ["is zero for an empty bill", "assert.equal(total([]), 0);"],
    ],
    code: `export function total(items) {
  let cents = 0;
  for (const item of items) cents += item.cents * item.count;
  return cents;
}
`,
  },
  {
    name: "discount",
    title: "Take a percentage off",
    tests: [
      ["takes ten percent off", "assert.equal(discount(1000, 10), 900);"],
      ["rounds to the customer's favour", "assert.equal(discount(999, 10), 899);"],
      ["never goes below nothing", "assert.equal(discount(500, 150), 0);"],
    ],
    code: `export function discount(cents, percent) {
  return Math.max(0, Math.floor((cents * (100 - percent)) / 100));
}
`,
  },
  {
    name: "format",
    title: "Write a price",
    tests: [
      ["writes euros and cents", 'assert.equal(format(123456), "1,234.56 €");'],
      ["fills up the cents", 'assert.equal(format(705), "7.05 €");'],
    ],
    code: `export function format(cents) {
  const euros = Math.floor(cents / 100).toLocaleString("en-US");
  return euros + "." + String(cents % 100).padStart(2, "0") + " €";
}
`,
  },
  {
    name: "change",
    title: "Give change in few coins",
    tests: [
      ["uses the biggest coins first", "assert.deepEqual(change(388), [200, 100, 50, 20, 10, 5, 2, 1]);"],
      ["repeats a coin where it must", "assert.deepEqual(change(40), [20, 20]);"],
      ["gives nothing for nothing", "assert.deepEqual(change(0), []);"],
    ],
    code: `const coins = [200, 100, 50, 20, 10, 5, 2, 1];

export function change(cents) {
  const given = [];
  let left = cents;
  for (const coin of coins) {
    while (left >= coin) {
      given.push(coin);
      left -= coin;
    }
  }
  return given;
}
`,
  },
];
