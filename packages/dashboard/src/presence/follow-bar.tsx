/** That this page follows somebody, and the way out of it. */
import { useRouter } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { whoIs } from "../approvals/words.ts";
import { Button } from "../components/button.tsx";
import { basePath } from "../stores/place.ts";
import { toast } from "../stores/toasts.ts";
import { calm } from "../text/visible.ts";
import { checkAddress, viewWords } from "./address.ts";
import { isOwnMove, stopFollowing } from "./following.ts";
import type { Person } from "./people.ts";
import { useRoutes } from "./use-where.ts";

export function FollowBar({ principal, person }: { principal: string; person: Person | undefined }) {
  const { history } = useRouter();
  const routes = useRoutes();
  const name = whoIs(principal);
  const target = checkAddress(person?.at, routes);
  const href = target && `${basePath.replace(/\/$/, "")}${target.path}${target.search}`;
  /** While this page is moved by the one it follows. */
  const isLed = useRef(false);
  const isGone = person === undefined;

  useEffect(() => {
    if (href === undefined || href === history.location.href) return;
    isLed.current = true;
    history.push(href);
    isLed.current = false;
  }, [href, history]);

  useEffect(() => {
    let before = history.location.pathname;
    return history.subscribe(({ location, action }) => {
      const step = { how: action.type, path: location.pathname, before };
      before = location.pathname;
      if (!isLed.current && isOwnMove(step)) stopFollowing();
    });
  }, [history]);

  useEffect(() => {
    if (!isGone) return;
    toast(`${name} left; you stay where you are.`);
    stopFollowing();
  }, [isGone, name]);

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const { key, target: at, defaultPrevented } = event;
      if (key !== "Escape" || defaultPrevented) return;
      if (at instanceof Element && at.closest("dialog, [role=menu], input, textarea, select")) return;
      event.preventDefault();
      stopFollowing();
    };
    // Before what Escape means to the view that is followed.
    addEventListener("keydown", onKey, { capture: true });
    return () => removeEventListener("keydown", onKey, { capture: true });
  }, []);

  return (
    <div
      data-testid="following"
      className="fixed bottom-20 left-1/2 z-30 flex max-w-[calc(100vw-1rem)] -translate-x-1/2 items-center gap-3 rounded-lg border border-run bg-raised py-1 pr-1 pl-3 text-[13px] shadow-float md:bottom-4"
    >
      <span role="status" className="min-w-0 truncate">
        Following <strong>{name}</strong>
        <span className="text-ink-2">
          {" · "}
          {target ? calm(viewWords(target)) : "does not show where they look"}
        </span>
      </span>
      <Button onClick={stopFollowing}>
        Stop <kbd className="rounded bg-sunken px-1 font-mono text-xs max-md:hidden">Esc</kbd>
      </Button>
    </div>
  );
}
