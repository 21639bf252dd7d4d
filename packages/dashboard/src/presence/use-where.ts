/** Tells others where this page looks: the path of the view and its filter, nothing else. */
import { useRouter, useRouterState } from "@tanstack/react-router";
import { useEffect } from "react";
import { useClient } from "../stores/client.tsx";
import { basePath } from "../stores/place.ts";
import { useReadable } from "../stores/use-readable.ts";
import { aroundOf } from "./around.ts";
import { isHidden } from "./showing.ts";

/** Longer addresses are not told: a state has at most 4 KiB. */
const lengthAtMost = 1_000;

export function useWhere(): void {
  const here = aroundOf(useClient());
  const hidden = useReadable(isHidden);
  const at = useRouterState({ select: ({ location }) => addressOf(location.publicHref) });
  useEffect(() => here.set(hidden || at.length > lengthAtMost ? {} : { at, movedMs: Date.now() }), [here, hidden, at]);
}

/** Without the place that this application is served from, and without a fragment. */
export function addressOf(publicHref: string): string {
  const path = publicHref.split("#", 1)[0] ?? "";
  return path.startsWith(basePath) ? `/${path.slice(basePath.length)}` : path;
}

/** Paths of all views, as the router has them. */
export function useRoutes(): readonly string[] {
  return Object.keys(useRouter().routesByPath);
}
