/** Where one can go, under the thumb: four places, and a sheet with all of them. */
import { useRouterState } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { classes } from "../components/classes.ts";
import { Dialog } from "../components/dialog.tsx";
import { MoreIcon } from "../components/icons.tsx";
import { PlaceLink } from "./place-link.tsx";
import { phonePlaces, placeGroups, placeOf } from "./places.tsx";
import type { WaitingAt } from "./waiting.ts";

export function PhoneBar({ waiting }: { waiting: WaitingAt }) {
  const [isOpen, setOpen] = useState(false);
  const here = useRouterState({ select: ({ location }) => location.pathname });
  // biome-ignore lint/correctness/useExhaustiveDependencies: whoever went somewhere is done with the sheet
  useEffect(() => setOpen(false), [here]);
  const place = placeOf(here);
  const isElsewhere = place !== undefined && !phonePlaces.includes(place);
  return (
    <>
      <nav
        aria-label="Views"
        className="h-14 shrink-0 border-t border-rule bg-panel pb-[env(safe-area-inset-bottom)] [box-sizing:content-box]"
      >
        <ul className="flex h-full">
          {phonePlaces.map((one) => (
            <li key={one.to} className="min-w-0 flex-1">
              <PlaceLink place={one} waiting={waiting[one.to]} look="tile" />
            </li>
          ))}
          <li className="min-w-0 flex-1">
            <button
              type="button"
              aria-haspopup="dialog"
              aria-expanded={isOpen}
              onClick={() => setOpen(true)}
              className={classes(
                "flex h-full w-full cursor-pointer flex-col items-center justify-center gap-0.5 text-[11px] leading-4 font-medium",
                isElsewhere ? "text-ink" : "text-ink-2",
              )}
            >
              {isElsewhere ? place.icon : <MoreIcon />}
              More
            </button>
          </li>
        </ul>
      </nav>
      {isOpen && (
        <Dialog
          title="All views"
          onClose={() => setOpen(false)}
          className="mb-0 w-full max-w-full rounded-b-none pb-[env(safe-area-inset-bottom)]"
        >
          <nav aria-label="All views" className="flex flex-col gap-4">
            {placeGroups.map(({ title, places }) => (
              <div key={title}>
                <h3 className="px-2 pb-1 text-xs text-ink-3">{title}</h3>
                <ul>
                  {places.map((one) => (
                    <li key={one.to}>
                      <PlaceLink place={one} waiting={waiting[one.to]} look="told" />
                    </li>
                  ))}
                </ul>
              </div>
            ))}
          </nav>
        </Dialog>
      )}
    </>
  );
}
