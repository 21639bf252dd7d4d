/** Does one thing after the other, always the newest; what came meanwhile and is old by then is left out. */

export function newestOnly<Item>(work: (item: Item) => Promise<void>): { push(item: Item): void } {
  let next: { item: Item } | undefined;
  let busy = false;
  const run = async () => {
    busy = true;
    while (next) {
      const { item } = next;
      next = undefined;
      await work(item);
    }
    busy = false;
  };
  return {
    push: (item) => {
      next = { item };
      if (!busy) void run();
    },
  };
}
