import { expect, test } from "vitest";
import { Screen } from "../../src/log/terminal/screen.ts";

async function shown(...pieces: string[]): Promise<string[]> {
  const screen = new Screen({ columns: 20, rows: 4 });
  for (const piece of pieces) await screen.write(piece);
  const { lines } = screen.lines();
  screen.dispose();
  return lines.map(({ spans }) =>
    spans
      .map(({ text }) => text)
      .join("")
      .trimEnd(),
  );
}

test("a program that moves about draws on the screen it thinks it has", async () => {
  expect(await shown("one\ntwo\n", "\u001b[1;2HX\u001b[4;18Hend")).toEqual(["oXe", "two", "", "                 end"]);
  expect(await shown("10 %\r", "100 %")).toEqual(["100 %", "", "", ""]);
  expect(await shown("a\nb\nc\nd\ne")).toEqual(["a", "b", "c", "d", "e"]);
});

test("colours and weights are kept; a line that looks different has another key", async () => {
  const screen = new Screen({ columns: 10, rows: 2 });
  await screen.write("\u001b[1;31mred\u001b[0m \u001b[48;2;1;2;3mon\u001b[0m\nred on");
  const [first, second] = screen.lines().lines;
  expect(first?.spans).toEqual([
    { text: "red", style: { fg: 1, bold: true } },
    { text: " ", style: {} },
    { text: "on", style: { bg: "#010203" } },
    { text: "", style: {} },
  ]);
  expect(first?.key).not.toBe(second?.key);
  screen.dispose();
});

test("titles, the clipboard and links have no effect; what would act is shown", async () => {
  const [line] = await shown(
    "\u001b]0;title\u0007\u001b]52;c;ZXZpbA==\u0007\u001b]8;;javascript:alert(1)\u0007link\u001b]8;;\u0007 \u202eevil",
  );
  expect(line).toBe("link [U+202E]evil");
});

test("a size that was said wrongly takes no more than a window's memory", async () => {
  const screen = new Screen({ columns: 1e9, rows: -3 });
  await screen.write("x");
  expect(screen.lines().lines).toHaveLength(1);
  screen.dispose();
});
