import { SearchIcon } from "../components/icons.tsx";
import { openOverlay } from "./overlay.ts";

/** Opens the palette, and says by which keys. */
export function FindButton() {
  return (
    <button
      type="button"
      aria-keyshortcuts="Control+K Meta+K"
      data-testid="find"
      onClick={() => openOverlay("palette")}
      className="flex h-8 shrink-0 cursor-pointer items-center gap-2.5 rounded-md px-2 text-[13px] text-ink-2 hover:bg-sunken hover:text-ink md:mb-1 md:border md:border-rule"
    >
      <SearchIcon />
      <span className="flex-1 text-left max-md:sr-only">Go to, or do</span>
      <span aria-hidden="true" className="font-mono text-xs text-ink-3 max-md:hidden">
        Ctrl K
      </span>
    </button>
  );
}
