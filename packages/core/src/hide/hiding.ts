/** Which rules apply to whom. */
import type { Identity } from "../rights/identity.ts";
import { type View, viewOf } from "./view.ts";

export interface HideRule {
  /** Names of members, exactly. */
  readonly fields: readonly string[];
  /** Types of events; all if absent. */
  readonly types?: readonly string[] | undefined;
  /** Whoever has one of these roles sees them. */
  readonly unless: readonly string[];
}

export interface Hiding {
  /** `undefined`: nothing is hidden from them. The same rules give the same View. */
  viewOf(identity: Pick<Identity, "roles">): View | undefined;
}

export function compileHiding(rules: readonly HideRule[]): Hiding {
  const views = new Map<string, View>();
  return {
    viewOf({ roles }) {
      const applying = rules.filter(({ unless }) => !unless.some((role) => roles.includes(role)));
      if (applying.length === 0) return undefined;
      const key = applying.map((rule) => rules.indexOf(rule)).join(" ");
      const view = views.get(key) ?? viewOf(applying);
      views.set(key, view);
      return view;
    },
  };
}
