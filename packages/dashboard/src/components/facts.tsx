import type { ReactNode } from "react";

interface FactsProps {
  /** Name and value; what is not known is left out. */
  facts: ReadonlyArray<readonly [string, ReactNode]>;
}

/** A few figures side by side. */
export function Facts({ facts }: FactsProps) {
  return (
    <dl className="flex flex-wrap gap-x-6 gap-y-1 text-[13px]">
      {facts.map(
        ([name, value]) =>
          value !== undefined &&
          value !== false &&
          value !== "" && (
            <div key={name} className="flex max-w-full min-w-0 gap-1.5">
              <dt className="text-ink-3">{name}</dt>
              <dd className="min-w-0 wrap-anywhere">{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}
