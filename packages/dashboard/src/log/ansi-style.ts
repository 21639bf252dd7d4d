/** A span's style as class names and, for colours beyond the sixteen, CSS variables. */
import type { CSSProperties } from "react";
import type { Colour, Span, Style } from "../text/ansi.ts";

export interface Look {
  className: string;
  style?: CSSProperties;
}

const flags: ReadonlyArray<[keyof Style, string]> = [
  ["bold", "sgr-bold"],
  ["dim", "sgr-dim"],
  ["italic", "sgr-italic"],
  ["underline", "sgr-underline"],
  ["strike", "sgr-strike"],
  ["hidden", "sgr-hidden"],
];

/** Undefined: as any text. */
export function lookOf(span: Span): Look | undefined {
  const { style } = span;
  const names = flags.filter(([flag]) => style[flag]).map(([, name]) => name);
  if (span.control) names.push("sgr-control");
  const variables: Record<string, string> = {};
  const ground = style.inverse ? style.fg : style.bg;
  if (style.inverse) {
    names.push("sgr-inverse");
    if (ground !== undefined) variables["--sgr-inverse"] = css(ground);
  } else if (ground !== undefined) {
    names.push("sgr-ground");
    variables["--sgr-ground"] = css(ground);
  } else if (style.fg !== undefined) {
    if (typeof style.fg === "number" && style.fg < 16) names.push(`sgr-${style.fg}`);
    else {
      names.push("sgr-rgb");
      variables["--sgr"] = css(style.fg);
    }
  }
  if (names.length === 0) return undefined;
  const className = names.join(" ");
  return Object.keys(variables).length === 0 ? { className } : { className, style: variables };
}

/** The sixteen follow the theme; then xterm's colour cube (6 × 6 × 6) and its 24 greys. */
function css(colour: Colour): string {
  if (typeof colour === "string") return colour;
  if (colour < 16) return `var(--ansi-${colour})`;
  if (colour >= 232) return rgb(8 + (colour - 232) * 10, 8 + (colour - 232) * 10, 8 + (colour - 232) * 10);
  const level = (step: number): number => (step === 0 ? 0 : 55 + step * 40);
  const index = colour - 16;
  return rgb(level(Math.floor(index / 36)), level(Math.floor(index / 6) % 6), level(index % 6));
}

const rgb = (r: number, g: number, b: number): string => `rgb(${r} ${g} ${b})`;
