/** The picture: lanes, their grounds, bars and marks, the axis, the moment that is looked at and now. */
import { exactTimeOfDay, timeOfDay } from "../components/figures.ts";
import { calm } from "../text/visible.ts";
import type { Bar, Mark } from "./bars.ts";
import { badInView, barsInView, groundInView, marksInView, type Scale } from "./cull.ts";
import { type Range, ticks } from "./range.ts";
import type { LaneView } from "./source.ts";
import type { Tone } from "./tone.ts";

export interface Colours {
  ink: Record<Tone, string>;
  soft: Record<Tone, string>;
  text: string;
  faint: string;
  rule: string;
  ground: string;
  panel: string;
  focus: string;
  font: string;
}

export interface Picture {
  width: number;
  height: number;
  /** The part of the lanes that is scrolled out above. */
  top: number;
  range: Range;
  lanes: readonly LaneView[];
  layout: readonly LanePlace[];
  at: number | undefined;
  now: number;
  /** Under the pointer, or chosen with the keys. */
  near: Bar | Mark | undefined;
}

export interface LanePlace {
  y: number;
  height: number;
}

export const axisPx = 24;
const levelPx = 15;
const padPx = 10;
const markPx = 7;
/** As on the lamps: amber is light in both themes. */
const onAmber = "#241a02";

/** Where each lane lies below the axis, and how high all are together. */
export function placesOf(lanes: readonly LaneView[]): { places: LanePlace[]; height: number } {
  let y = axisPx;
  const places = lanes.map(({ content }) => {
    const height = Math.max(46, content.levels.length * levelPx + 2 * padPx);
    const place = { y, height };
    y += height;
    return place;
  });
  return { places, height: y };
}

export function draw(context: CanvasRenderingContext2D, picture: Picture, colours: Colours): void {
  const { width, height, range, layout, top } = picture;
  const scale: Scale = { ...range, msPerPx: (range.to - range.from) / Math.max(1, width) };
  const x = (time: number): number => (time - range.from) / scale.msPerPx;
  context.fillStyle = colours.panel;
  context.fillRect(0, 0, width, height);
  context.font = `11px ${colours.font}`;
  context.textBaseline = "middle";
  for (const [index, lane] of picture.lanes.entries()) {
    const place = layout[index];
    if (place === undefined || place.y + place.height < top || place.y > top + height) continue;
    drawLane(context, lane, { y: place.y - top, height: place.height }, { scale, x, width, colours, picture });
  }
  drawAxis(context, picture, colours, x);
  drawLine(context, x(picture.now), height, colours.ink.run, [3, 3], width);
  if (picture.at !== undefined) drawLine(context, x(picture.at), height, colours.focus, [], width);
}

interface Drawing {
  scale: Scale;
  x: (time: number) => number;
  width: number;
  colours: Colours;
  picture: Picture;
}

function drawLane(context: CanvasRenderingContext2D, lane: LaneView, place: LanePlace, drawing: Drawing): void {
  const { scale, x, width, colours, picture } = drawing;
  const { content } = lane;
  const { y, height } = place;
  groundInView(content.ground, scale, (ground, from, to) => {
    const left = Math.max(0, x(from));
    const right = Math.min(width, x(Math.min(to, picture.now)));
    if (right <= left) return;
    context.fillStyle = colours.soft[ground.tone];
    context.fillRect(left, y + 2, right - left, height - 4);
    context.fillStyle = colours.ink[ground.tone];
    context.fillRect(left, y + 2, 1, height - 4);
    const middle = content.levels.length === 0 ? height / 2 : height - markPx - 1;
    write(context, ground.state, left + 5, y + middle, right - left - 10);
  });
  for (const [index, level] of content.levels.entries()) {
    const barY = y + padPx + index * levelPx;
    const one = (bar: Bar): void => {
      const left = Math.max(-2, x(bar.start));
      const right = Math.min(width + 2, x(Math.min(bar.end, Math.max(picture.now, bar.start))));
      const wide = Math.max(1.5, right - left - 0.5);
      context.fillStyle = colours.ink[bar.tone];
      context.fillRect(left, barY, wide, levelPx - 3);
      if (!Number.isFinite(bar.end) && right < width) stripes(context, right, barY, colours.panel);
      if (bar === picture.near) outline(context, left, barY, wide, colours.text);
      if (wide < 34) return;
      context.fillStyle = bar.tone === "wait" ? onAmber : colours.panel;
      write(context, bar.label, Math.max(2, left) + 4, barY + (levelPx - 3) / 2 + 0.5, right - Math.max(0, left) - 8);
    };
    barsInView(level, scale, one);
    badInView(level, scale, one);
  }
  marksInView(content.marks, scale, markPx * 2, (mark) => {
    drawMark(context, mark, x(mark.at), y + height - markPx - 1, colours, mark === picture.near);
  });
  context.fillStyle = colours.rule;
  context.fillRect(0, y + height - 0.5, width, 0.5);
}

/** Cut off at the width; a letter or two say nothing. */
function write(context: CanvasRenderingContext2D, text: string, x: number, y: number, most: number): void {
  const fits = Math.floor(most / 6.2);
  if (fits < 3 || text === "") return;
  const calmed = calm(text);
  context.fillText(calmed.length <= fits ? calmed : `${calmed.slice(0, fits - 1)}…`, x, y);
}

/** It goes on. */
function stripes(context: CanvasRenderingContext2D, right: number, y: number, colour: string): void {
  context.fillStyle = colour;
  for (const from of [4, 8]) context.fillRect(right - from, y, 2, levelPx - 3);
}

function outline(context: CanvasRenderingContext2D, x: number, y: number, wide: number, colour: string): void {
  context.strokeStyle = colour;
  context.lineWidth = 1.5;
  context.strokeRect(x - 1, y - 1, wide + 2, levelPx - 1);
}

/** Each kind has a shape: a diamond asks, a flag is a phase, a ring passed, a cross failed, a square went wrong. */
function drawMark(
  context: CanvasRenderingContext2D,
  mark: Mark,
  x: number,
  y: number,
  colours: Colours,
  near: boolean,
): void {
  const r = near ? markPx : markPx - 2;
  context.fillStyle = colours.ink[mark.tone];
  context.strokeStyle = colours.panel;
  context.lineWidth = 1.5;
  context.beginPath();
  if (mark.kind === "approval") {
    context.moveTo(x, y - r);
    context.lineTo(x + r, y);
    context.lineTo(x, y + r);
    context.lineTo(x - r, y);
  } else if (mark.kind === "phase") {
    context.moveTo(x, y - r - 2);
    context.lineTo(x + r + 2, y - r / 2);
    context.lineTo(x, y + 1);
    context.lineTo(x, y + r);
    context.lineTo(x - 1.5, y + r);
    context.lineTo(x - 1.5, y - r - 2);
  } else if (mark.kind === "tests" && mark.tone !== "stop") {
    context.arc(x, y, r - 1, 0, Math.PI * 2);
  } else if (mark.kind === "tests") {
    const s = r * 0.42;
    context.moveTo(x - s, y - r);
    context.lineTo(x + s, y - r);
    context.lineTo(x + r, y - s);
    context.lineTo(x + r, y + s);
    context.lineTo(x + s, y + r);
    context.lineTo(x - s, y + r);
    context.lineTo(x - r, y + s);
    context.lineTo(x - r, y - s);
  } else {
    context.rect(x - r + 1, y - r + 1, 2 * r - 2, 2 * r - 2);
  }
  context.closePath();
  context.fill();
  context.stroke();
  if (mark.tone !== "stop") return;
  context.beginPath();
  context.moveTo(x - 2, y - 2);
  context.lineTo(x + 2, y + 2);
  context.moveTo(x + 2, y - 2);
  context.lineTo(x - 2, y + 2);
  context.stroke();
}

function drawAxis(
  context: CanvasRenderingContext2D,
  { width, range, height }: Picture,
  colours: Colours,
  x: (time: number) => number,
): void {
  const zoneMs = -new Date(range.to).getTimezoneOffset() * 60_000;
  const { at, step } = ticks(range, width, step1(range), zoneMs);
  context.fillStyle = colours.ground;
  context.fillRect(0, 0, width, axisPx);
  for (const tick of at) {
    const left = Math.round(x(tick));
    context.fillStyle = colours.rule;
    context.fillRect(left, axisPx, 0.5, height);
    context.fillStyle = colours.faint;
    context.fillText(tickWords(tick, step), left + 3, axisPx / 2);
  }
}

const step1 = ({ from, to }: Range): number => (to - from < 10_000 ? 96 : 72);

function tickWords(tick: number, step: number): string {
  if (step < 1_000) return exactTimeOfDay(tick);
  if (step >= 86_400_000) return new Date(tick).toLocaleDateString("en-GB", { day: "numeric", month: "short" });
  return step >= 60_000 ? timeOfDay(tick).slice(0, 5) : timeOfDay(tick);
}

function drawLine(
  context: CanvasRenderingContext2D,
  x: number,
  height: number,
  colour: string,
  dash: number[],
  width: number,
): void {
  if (x < 0 || x > width) return;
  context.strokeStyle = colour;
  context.lineWidth = 1.5;
  context.setLineDash(dash);
  context.beginPath();
  context.moveTo(x, 0);
  context.lineTo(x, height);
  context.stroke();
  context.setLineDash([]);
}

/** What lies at a place of the picture: marks before bars. */
export function nearest(picture: Picture, px: number, py: number): { lane: LaneView; item: Bar | Mark } | undefined {
  const { range, width, top, layout } = picture;
  const scale: Scale = { ...range, msPerPx: (range.to - range.from) / Math.max(1, width) };
  const index = layout.findIndex(({ y, height }) => py + top >= y && py + top < y + height);
  const lane = picture.lanes[index];
  const place = layout[index];
  if (lane === undefined || place === undefined) return undefined;
  const time = range.from + px * scale.msPerPx;
  const y = py + top - place.y;
  let found: Bar | Mark | undefined;
  if (y > place.height - 2 * markPx - 2) {
    marksInView(lane.content.marks, scale, markPx * 2, (mark) => {
      if (Math.abs(mark.at - time) <= markPx * scale.msPerPx) found = mark;
    });
  }
  const level = lane.content.levels[Math.floor((y - padPx) / levelPx)];
  if (found === undefined && level !== undefined) {
    const at = { from: time - 2 * scale.msPerPx, to: time + 2 * scale.msPerPx, msPerPx: scale.msPerPx };
    barsInView(level, at, (bar) => {
      found = bar;
    });
    badInView(level, at, (bar) => {
      found = bar;
    });
  }
  return found && { lane, item: found };
}

export function coloursOf(element: Element): Colours {
  const style = getComputedStyle(element);
  const token = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: {
      ...{ idle: token("idle"), run: token("run"), wait: token("wait-lit") },
      ...{ stop: token("stop"), done: token("done") },
    },
    soft: {
      ...{ idle: token("panel"), run: token("run-soft"), wait: token("wait-soft") },
      ...{ stop: token("stop-soft"), done: token("done-soft") },
    },
    text: token("ink"),
    faint: token("ink-3"),
    rule: token("rule"),
    ground: token("ground"),
    panel: token("panel"),
    focus: token("focus"),
    font: token("sans"),
  };
}
