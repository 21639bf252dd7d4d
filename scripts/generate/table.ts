const cell = (value: string | number): string => String(value).replaceAll("|", "\\|").replaceAll("\n", " ");

const row = (cells: readonly (string | number)[]): string => `| ${cells.map(cell).join(" | ")} |`;

/** A Markdown table. */
export const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [row(head), row(head.map(() => "---")), ...rows.map(row)].join("\n");
