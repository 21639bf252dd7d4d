import { expect, test } from "vitest";
import { contrast, pairs, type Rgb, rgbOf } from "../../src/gallery/contrast.ts";
import css from "../../src/styles/tokens.css?raw";

/** The colours of a theme: all blocks with its selector. */
function coloursOf(selector: string): ReadonlyMap<string, Rgb> {
  const at = css.indexOf(`${selector} {`);
  const block = css.slice(at, css.indexOf("}", at));
  const found = [...block.matchAll(/--([\w-]+): (#[0-9a-f]+);/g)];
  return new Map(found.flatMap(([, name = "", hex = ""]) => (rgbOf(hex) ? [[name, rgbOf(hex) as Rgb]] : [])));
}

test.each([
  ["light", '[data-theme="light"]'],
  ["dark", '[data-theme="dark"]'],
])("AA: every colour on every ground it stands on, %s", (_theme, selector) => {
  const colours = coloursOf(selector);
  const low = pairs.flatMap(({ ink, grounds, least }) =>
    grounds.flatMap((ground) => {
      const [one, other] = [colours.get(ink), colours.get(ground)];
      if (!one || !other) return [`${ink} or ${ground} is no colour`];
      const ratio = contrast(one, other);
      return ratio < least ? [`${ink} on ${ground}: ${ratio.toFixed(2)}, not ${least}`] : [];
    }),
  );
  expect(low).toEqual([]);
});

test("the figures are those of WCAG", () => {
  const [black, white, grey] = ["#000", "#ffffff", "#777777"].map((hex) => rgbOf(hex) as Rgb) as [Rgb, Rgb, Rgb];
  expect(contrast(black, white)).toBeCloseTo(21, 5);
  expect(contrast(white, white)).toBe(1);
  expect(contrast(grey, white)).toBeCloseTo(4.48, 2);
});
