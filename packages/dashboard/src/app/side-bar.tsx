/** Where one can go, beside the view. On low screens it scrolls. */
import { useId } from "react";
import { PlaceLink } from "./place-link.tsx";
import { placeGroups } from "./places.tsx";
import type { WaitingAt } from "./waiting.ts";

export function SidePlaces({ waiting }: { waiting: WaitingAt }) {
  const id = useId();
  return (
    <nav aria-label="Views" className="-mx-1 flex min-h-0 flex-1 flex-col gap-3 overflow-y-auto px-1 pb-2">
      {placeGroups.map(({ title, places }) => (
        <div key={title}>
          <p id={`${id}${title}`} className="px-2 pb-1 text-xs text-ink-3">
            {title}
          </p>
          <ul aria-labelledby={`${id}${title}`} className="flex flex-col gap-px">
            {places.map((place) => (
              <li key={place.to}>
                <PlaceLink place={place} waiting={waiting[place.to]} look="row" />
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}
