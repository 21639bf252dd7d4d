/** Whom this page follows: it goes where they go, until it is moved itself. */
import { type Cell, cell } from "../stores/readable.ts";

/** `KIND:ID`; undefined: nobody. */
export const following: Cell<string | undefined> = cell<string | undefined>(undefined);

export const follow = (principal: string): void => following.set(principal);
export const stopFollowing = (): void => following.set(undefined);

/** A step of the page's history, as its listener is told. */
export interface Step {
  how: string;
  /** Where the page is now, and was before. */
  path: string;
  before: string;
}

/** A view may complete its own address (`?id=…`), which is no move of whoever looks at it. */
export const isOwnMove = ({ how, path, before }: Step): boolean => how !== "REPLACE" || path !== before;
