/** A fixed way to measure subjects beside each other. */
import type { Place } from "../place.ts";
import type { Subject } from "../subjects/subject.ts";

/** The figures of one run by name; the unit ends the name. */
export type Figures = Readonly<Record<string, number>>;

/** One subject in one case of a scenario: medians over its runs. */
export interface Row {
  scenario: string;
  /** What was asked for, such as `5000/s x 100`. */
  case: string;
  subject: string;
  /** Medians of the runs. */
  figures: Figures;
  /** Smallest and largest of the runs. */
  spread: Readonly<Record<string, { min: number; max: number }>>;
  runs: number;
  /** This subject's main figure divided by each peer's; below 1 is better where the figure is a cost. */
  ratioTo: Readonly<Record<string, number>>;
  /** What a reader must know before comparing, such as `saturated`. */
  notes: readonly string[];
  /** Of the last run. */
  series?: Series;
}

export interface Measured {
  figures: Figures;
  notes: readonly string[];
  /** Figures in the course of the run. */
  series?: Series;
}

/** By name, in order; the unit ends the name. */
export type Series = Readonly<Record<string, readonly number[]>>;

export interface Case {
  name: string;
  /** Starts the subject, measures it once, ends it. */
  measure(subject: Subject, place: Omit<Place, "core">): Promise<Measured>;
}

export interface Column {
  /** Name of a figure. */
  figure: string;
  title: string;
  digits: number;
}

export interface Scenario {
  readonly name: string;
  readonly about: string;
  /** The figure that ratios are made of. */
  readonly main: string;
  readonly columns: readonly Column[];
  cases(quick: boolean): Case[];
  runs(quick: boolean): number;
}
