import { Tooltip } from "radix-ui";
import type { ReactNode } from "react";

/** A few words about a control, on hover and on keyboard focus. */
export function Tip({ text, keys, children }: { text: string; keys?: string; children: ReactNode }) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>{children}</Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content
          sideOffset={6}
          collisionPadding={8}
          className="z-50 max-w-72 rounded-md border border-rule bg-raised px-2 py-1 text-xs text-ink shadow-float"
        >
          {text}
          {keys && <kbd className="ml-2 rounded bg-sunken px-1 font-mono text-ink-2">{keys}</kbd>}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}

export const TipProvider = ({ children }: { children: ReactNode }) => (
  <Tooltip.Provider delayDuration={400}>{children}</Tooltip.Provider>
);
