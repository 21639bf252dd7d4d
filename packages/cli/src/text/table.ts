/** Columns as wide as their widest cell; colours have no width. */

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape that begins a colour
const colour = /\u001b\[[0-9;]*m/g;

const widthOf = (text: string): number => text.replace(colour, "").length;

export function table(rows: readonly string[][]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, widthOf(cell));
  }
  return rows
    .map((row) => {
      const cells = row.map((cell, at) => cell + " ".repeat((widths[at] ?? 0) - widthOf(cell)));
      return `${cells.join("  ").trimEnd()}\n`;
    })
    .join("");
}
