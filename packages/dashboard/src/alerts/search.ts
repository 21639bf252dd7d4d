/** Which alerts are looked at: in the address. */

export const alertStates = ["open", "acknowledged", "muted", "over"] as const;
export type AlertStateName = (typeof alertStates)[number];

export const severities = ["critical", "warning", "info"] as const;
export type Severity = (typeof severities)[number];

export interface AlertsSearch {
  /** Absent: the open ones. */
  state?: AlertStateName[];
  /** Absent: all. */
  severity?: Severity[];
  /** Words of source, kind and cause. */
  q?: string;
}

/** In an address they stand with commas between. */
const listed = <Value extends string>(known: readonly Value[], said: unknown): Value[] | undefined => {
  const words = Array.isArray(said) ? said.map(String) : typeof said === "string" ? said.split(",") : [];
  const found = known.filter((one) => words.includes(one));
  return found.length === 0 ? undefined : found;
};

export function readAlertsSearch({ state, severity, q }: Record<string, unknown>): AlertsSearch {
  const states = listed(alertStates, state);
  const wanted = listed(severities, severity);
  return {
    ...(states === undefined ? {} : { state: states }),
    ...(wanted === undefined ? {} : { severity: wanted }),
    ...(typeof q === "string" && q !== "" ? { q } : {}),
  };
}

/** With it or, where it was there, without; none at all is no filter. */
export function toggled<Value extends string>(values: readonly Value[] | undefined, one: Value): Value[] | undefined {
  const next = values?.includes(one) ? values.filter((other) => other !== one) : [...(values ?? []), one];
  return next.length === 0 ? undefined : next;
}
