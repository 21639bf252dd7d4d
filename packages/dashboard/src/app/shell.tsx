/** The frame of every view: where one can go, how the link is, how it looks. */
import { Link, Outlet, useRouterState } from "@tanstack/react-router";
import { classes } from "../components/classes.ts";
import { later } from "../components/later.tsx";
import { Signal } from "../components/signal.tsx";
import { Toasts } from "../components/toasts.tsx";
import { useClient } from "../stores/client.tsx";
import { gateway } from "../stores/place.ts";
import { useMedia } from "../stores/use-media.ts";
import { useReadable } from "../stores/use-readable.ts";
import { FindButton } from "./find-button.tsx";
import { LinkFace } from "./link-face.tsx";
import { Overlays } from "./overlays.tsx";
import { PhoneBar } from "./phone-bar.tsx";
import { SettingsFace } from "./settings-face.tsx";
import { SidePlaces } from "./side-bar.tsx";
import { useWaitingAt, type WaitingAt } from "./waiting.ts";

const LinkState = later(async () => (await import("./link-details.tsx")).LinkDetails, LinkFace);
const Settings = later(async () => (await import("./settings-menu.tsx")).SettingsMenu, SettingsFace);

const NeedsYou = later(
  async () => (await import("../approvals/needs-you.tsx")).NeedsYou,
  () => null,
);

const Introduction = later(
  async () => (await import("./introduction.tsx")).Introduction,
  () => null,
);
/** Fetched while there is a link, for when there is none. */
const LinkBanner = later(
  async () => (await import("./link-banner.tsx")).LinkBanner,
  () => null,
);
const AlertCount = later(
  async () => (await import("../alerts/alert-count.tsx")).AlertCount,
  () => null,
);
const Here = later(
  async () => (await import("../presence/here.tsx")).Here,
  () => null,
);
const PastBanner = later(
  async () => (await import("../timeline/past-banner.tsx")).PastBanner,
  () => null,
);

/** From here on there is room for a bar at the side. */
const wide = "(min-width: 48rem)";

export function Shell() {
  const isWide = useMedia(wide);
  const waiting = useWaitingAt();
  const isHome = useRouterState({ select: ({ matches }) => matches.at(-1)?.routeId === "/" });
  return (
    <div className={classes("flex h-full", isWide ? "flex-row" : "flex-col")}>
      <a
        href="#main"
        className="sr-only rounded-md bg-run px-3 py-2 text-panel focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50"
      >
        Skip to the view
      </a>
      {isWide ? <SideBar waiting={waiting} /> : <TopBar waiting={waiting} />}
      <main id="main" tabIndex={-1} className="flex min-h-0 min-w-0 flex-1 flex-col outline-none">
        <PastBanner />
        <NeedsYou />
        <AlertCount />
        {isHome && <Introduction />}
        <Outlet />
        <LinkBanner />
      </main>
      {!isWide && <PhoneBar waiting={waiting} />}
      <Overlays />
      <Toasts />
    </div>
  );
}

function SideBar({ waiting }: { waiting: WaitingAt }) {
  return (
    <header className="flex w-52 shrink-0 flex-col gap-1 border-r border-rule bg-panel p-3">
      <div className="px-2 pt-1 pb-3">
        <Brand waiting={waiting} />
        <Elsewhere />
      </div>
      <FindButton />
      <SidePlaces waiting={waiting} />
      <Here />
      <LinkState />
      <Settings />
    </header>
  );
}

function TopBar({ waiting }: { waiting: WaitingAt }) {
  return (
    <header className="flex h-12 shrink-0 items-center gap-2 border-b border-rule bg-panel px-4">
      <Brand waiting={waiting} />
      <span className="flex-1" />
      <FindButton />
      <Here />
      <LinkState />
      <Settings />
    </header>
  );
}

/** The signal shows caution while anything waits for a person, and nothing while there is no link. */
function Brand({ waiting }: { waiting: WaitingAt }) {
  const { state } = useReadable(useClient().link);
  const isCaution = (waiting["/"] ?? 0) + (waiting["/approvals"] ?? 0) > 0;
  return (
    <Link to="/" className="flex items-center gap-2 text-[15px] font-semibold tracking-tight">
      <Signal aspect={state !== "live" ? "dark" : isCaution ? "caution" : "clear"} />
      Signalbox
    </Link>
  );
}

/** Which gateway is shown, where the page came from elsewhere. */
function Elsewhere() {
  const { url, isOwn } = gateway();
  if (isOwn) return null;
  return (
    <p className="truncate pt-1 text-xs text-ink-3" title={url} data-testid="elsewhere">
      {url.replace(/^https?:\/\//, "")}
    </p>
  );
}
