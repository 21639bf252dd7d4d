/** Everything that the palette can go to or do. */
import type { Checkpoint } from "@signalbox/client/steering";
import type { ReactNode } from "react";
import { titleOf, whoIs } from "../../approvals/words.ts";
import { ApprovalIcon, ClockIcon, CopyIcon, MoonIcon, RowsIcon, SunIcon, SystemIcon } from "../../components/icons.tsx";
import { Lamp } from "../../components/lamp.tsx";
import type { FleetItem } from "../../fleet/item.ts";
import { prefer } from "../../stores/preferences.ts";
import { calm } from "../../text/visible.ts";
import { goKeys } from "../go-keys.ts";
import { placeGroups } from "../places.tsx";
import type { Rankable } from "./rank.ts";

/** Where an entry leads. */
export interface Target {
  to: string;
  params?: Record<string, string>;
  search?: Record<string, string>;
}

export interface Entry extends Rankable {
  id: string;
  icon: ReactNode;
  /** What it is, or what will happen. */
  says: string;
  /** Keys that do the same. */
  keys?: string;
  go?: Target;
  run?: () => void;
}

const placeEntries: readonly Entry[] = placeGroups.flatMap(({ places }) =>
  places.map(({ to, label, icon, says }) => ({
    id: to,
    label,
    icon,
    says,
    words: says,
    keys: `g ${goKeys[to]}`,
    go: { to },
  })),
);

const itemIcon = (lamp: FleetItem["lamp"]): ReactNode => <Lamp name={lamp} silent />;

const itemPlace = { agent: "/agents/$id", session: "/sessions/$id", process: "/processes/$id" } as const;
const kindWord = { agent: "Agent", session: "Session", process: "Process" } as const;

function itemEntry({ key, kind, id, title, word, lamp }: FleetItem): Entry {
  return {
    id: key,
    label: calm(title),
    icon: itemIcon(lamp),
    says: `${kindWord[kind]} · ${calm(word)}`,
    words: `${kind} ${calm(id)} ${calm(word)}`,
    go: { to: itemPlace[kind], params: { id } },
  };
}

const approvalEntry = (checkpoint: Checkpoint): Entry => ({
  id: `approval:${checkpoint.checkpointId}`,
  label: titleOf(checkpoint),
  icon: <Lamp name="waiting_approval" silent />,
  says: `Approval · ${whoIs(checkpoint.requestedBy)} asks`,
  words: `approval ${calm(checkpoint.checkpointId)} ${whoIs(checkpoint.requestedBy)}`,
  go: { to: "/approvals", search: { id: checkpoint.checkpointId } },
});

export interface Acts {
  copyLink: () => void;
  showKeys: () => void;
  stop: () => void;
  forgetToken: () => void;
  /** Only where the past is shown. */
  backToNow: (() => void) | undefined;
}

function actionEntries({ copyLink, showKeys, stop, forgetToken, backToNow }: Acts): readonly Entry[] {
  const action = (id: string, label: string, icon: ReactNode, run: () => void, more: Partial<Entry> = {}): Entry => ({
    id: `do:${id}`,
    label,
    icon,
    says: "Action",
    run,
    ...more,
  });
  return [
    ...(backToNow ? [action("now", "Back to now", <ClockIcon />, backToNow, { words: "live present time" })] : []),
    action("stop", "Stop…", <Lamp name="stuck" silent />, stop, {
      says: "asks before it tells anybody",
      words: "pause cancel halt fleet all",
    }),
    action("link", "Copy a link to this view", <CopyIcon />, copyLink, { words: "permalink address url share" }),
    action("keys", "Keyboard map", <RowsIcon />, showKeys, { keys: "?", words: "shortcuts help" }),
    action("dark", "Theme: dark", <MoonIcon />, () => prefer({ theme: "dark" }), { words: "night colours" }),
    action("light", "Theme: light", <SunIcon />, () => prefer({ theme: "light" }), { words: "day colours" }),
    action("system", "Theme: as the system", <SystemIcon />, () => prefer({ theme: "system" }), { words: "colours" }),
    action("comfortable", "Density: comfortable", <RowsIcon />, () => prefer({ density: "comfortable" })),
    action("compact", "Density: compact", <RowsIcon />, () => prefer({ density: "compact" })),
    action("forget", "Forget the token in this browser", <ApprovalIcon />, forgetToken, {
      says: "you will need it again to come in",
      words: "sign out log out leave",
    }),
    action("gallery", "Gallery of components", <SystemIcon />, () => {}, {
      go: { to: "/gallery" },
      words: "design lamps",
    }),
  ];
}

export interface Known {
  items: Iterable<FleetItem>;
  approvals: readonly Checkpoint[];
  acts: Acts;
}

/** What waits for a person first, then views, actions, and all that is known of the fleet. */
export const entriesOf = ({ items, approvals, acts }: Known): Entry[] => [
  ...approvals.map(approvalEntry),
  ...placeEntries,
  ...actionEntries(acts),
  ...[...items].map(itemEntry),
];
