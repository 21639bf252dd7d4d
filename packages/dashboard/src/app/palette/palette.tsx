/** Go to anything, do anything: a combobox with its list (ARIA Authoring Practices, "Editable Combobox With List"). */
import { approvals } from "@signalbox/client/steering";
import { useRouter } from "@tanstack/react-router";
import { type KeyboardEvent, type RefObject, use, useEffect, useId, useMemo, useRef, useState } from "react";
import { classes } from "../../components/classes.ts";
import { Dialog } from "../../components/dialog.tsx";
import { count } from "../../components/figures.ts";
import { SearchIcon } from "../../components/icons.tsx";
import { useClient } from "../../stores/client.tsx";
import { fleetOf } from "../../stores/fleet.ts";
import { useGoToMoment, useMoment } from "../../stores/moment.ts";
import { toast } from "../../stores/toasts.ts";
import { openOverlay } from "../overlay.ts";
import { TokenContext } from "../token-context.ts";
import { type Entry, entriesOf } from "./entries.tsx";
import { rank } from "./rank.ts";
import { keepRecent, recentFirst, recentIds } from "./recent.ts";

/** More are not read, but found by writing more. */
const most = 50;

export function Palette({ onClose }: { onClose: () => void }) {
  const entries = useEntries();
  const go = useGo(onClose);
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const id = useId();
  const found = useMemo(() => rank(entries, query), [entries, query]);
  const shown = found.slice(0, most);
  const chosen = shown[Math.min(at, shown.length - 1)];
  const optionId = (entry: Entry): string => `${id}-${entry.id}`;
  const list = useRef<HTMLDivElement>(null);
  useShown(list, chosen && optionId(chosen));
  const onKey = (event: KeyboardEvent) => {
    const last = shown.length - 1;
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: at >= last ? 0 : at + 1,
      ArrowUp: at <= 0 ? last : at - 1,
      PageDown: Math.min(last, at + 8),
      PageUp: Math.max(0, at - 8),
    };
    const next = Object.hasOwn(steps, event.key) ? steps[event.key] : undefined;
    if (next !== undefined) setAt(Math.max(0, next));
    else if (event.key === "Enter" && !event.nativeEvent.isComposing) chosen && go(chosen);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title="Go to, or do" titleHidden onClose={onClose} className="mt-[12dvh] p-0">
      <div className="-m-4 flex min-h-0 flex-col">
        <label className="flex h-12 shrink-0 items-center gap-3 border-b border-rule px-4">
          <SearchIcon className="h-4 w-4 text-ink-3" />
          <span className="sr-only">Go to, or do</span>
          <input
            role="combobox"
            aria-expanded="true"
            aria-controls={`${id}-list`}
            aria-activedescendant={chosen && optionId(chosen)}
            aria-autocomplete="list"
            autoComplete="off"
            spellCheck={false}
            placeholder="An agent, a view, an action …"
            value={query}
            onChange={({ target }) => {
              setQuery(target.value);
              setAt(0);
            }}
            onKeyDown={onKey}
            className="h-full min-w-0 flex-1 bg-transparent text-[15px] outline-none! placeholder:text-ink-3"
          />
        </label>
        <div
          ref={list}
          id={`${id}-list`}
          role="listbox"
          aria-label="What fits"
          className="max-h-[min(24rem,55dvh)] overflow-y-auto p-2"
        >
          {shown.map((entry, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys
            <div
              key={entry.id}
              id={optionId(entry)}
              role="option"
              tabIndex={-1}
              aria-selected={entry === chosen}
              onClick={() => go(entry)}
              onPointerMove={() => index !== at && setAt(index)}
              className="flex h-10 cursor-pointer items-center gap-3 rounded-md px-2 aria-selected:bg-sunken"
            >
              {entry.icon}
              <span className="min-w-0 truncate font-medium" title={entry.label}>
                {entry.label}
              </span>
              <span className="min-w-0 flex-1 truncate text-[13px] text-ink-2">{entry.says}</span>
              {entry.keys && <kbd className="shrink-0 font-mono text-xs text-ink-3 max-md:hidden">{entry.keys}</kbd>}
            </div>
          ))}
          {shown.length === 0 && <p className="px-2 py-3 text-ink-2">Nothing here is called that.</p>}
        </div>
        <p
          role="status"
          className={classes("border-t border-rule px-4 py-2 text-xs text-ink-3", found.length === 0 && "sr-only")}
        >
          {found.length > most
            ? `Showing ${most} of ${count(found.length)}: write more of the name`
            : `${count(found.length)} found`}
        </p>
      </div>
    </Dialog>
  );
}

/** As it is when the palette opens: nothing moves under the hand while it is open. */
function useEntries(): Entry[] {
  const client = useClient();
  const moment = useMoment();
  const goToMoment = useGoToMoment();
  const { forget } = use(TokenContext);
  const [entries] = useState(() =>
    recentFirst(
      entriesOf({
        items: fleetOf(client).snapshot().items.values(),
        approvals: approvals(client).snapshot().open,
        acts: {
          copyLink,
          showKeys: () => openOverlay("keys"),
          stop: () => openOverlay("stop"),
          forgetToken: forget,
          backToNow: moment === undefined ? undefined : () => goToMoment(undefined),
        },
      }),
      recentIds(localStorage),
    ),
  );
  return entries;
}

function useGo(onClose: () => void): (entry: Entry) => void {
  const router = useRouter();
  return (entry) => {
    keepRecent(localStorage, entry.id);
    onClose();
    entry.run?.();
    if (entry.go) void router.navigate(entry.go);
  };
}

/** The chosen option stays in sight. */
function useShown(list: RefObject<HTMLElement | null>, id: string | undefined): void {
  useEffect(() => {
    if (id === undefined) return;
    list.current?.querySelector(`[id="${CSS.escape(id)}"]`)?.scrollIntoView({ block: "nearest" });
  }, [list, id]);
}

function copyLink(): void {
  const copied = async (): Promise<void> => navigator.clipboard.writeText(location.href);
  copied().then(
    () => toast("The link to this view is copied."),
    () => toast(`The browser did not allow copying: ${location.href}`, "bad"),
  );
}
