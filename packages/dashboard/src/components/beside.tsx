/** What is known of one row, beside the list; on a phone below it. */
import type { ReactNode } from "react";
import { Button } from "./button.tsx";
import { CloseIcon } from "./icons.tsx";

interface BesideProps {
  title: string;
  onClose: () => void;
  children: ReactNode;
}

export function Beside({ title, onClose, children }: BesideProps) {
  return (
    <aside
      aria-label={title}
      data-testid="beside"
      className="flex shrink-0 flex-col border-rule bg-panel max-md:h-1/2 max-md:border-t md:w-[26rem] md:border-l"
    >
      <div className="flex min-h-10 items-center gap-2 border-b border-rule pr-2 pl-4">
        <h2 className="min-w-0 flex-1 truncate text-[13px] font-semibold" title={title}>
          {title}
        </h2>
        <Button look="quiet" aria-label="Close" onClick={onClose}>
          <CloseIcon />
        </Button>
      </div>
      <section
        aria-label={title}
        className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto p-4 text-[13px]"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        tabIndex={0}
      >
        {children}
      </section>
    </aside>
  );
}
