// A real command: prints numbered lines, a few hundred at a time, so that things can happen meanwhile.
// node counting.mjs COUNT LINES_A_BURST MS_BETWEEN
const [count, burst, pause] = process.argv.slice(2).map(Number);
for (let next = 1; next <= count; ) {
  const upTo = Math.min(count, next + burst - 1);
  const lines = [];
  for (; next <= upTo; next++) lines.push(`line ${next} of ${count}`);
  const flushed = process.stdout.write(`${lines.join("\n")}\n`);
  if (!flushed) await new Promise((resolve) => process.stdout.once("drain", resolve));
  await new Promise((resolve) => setTimeout(resolve, pause));
}
