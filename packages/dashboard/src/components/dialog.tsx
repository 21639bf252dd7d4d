/**
 * A dialog over the view: the browser's own, which keeps the focus in itself, closes on Escape and gives the focus back.
 * Others in use here put style elements into the page, which the content policy refuses.
 */
import { type ReactNode, useEffect, useId, useRef } from "react";
import { Button } from "./button.tsx";
import { classes } from "./classes.ts";
import { CloseIcon } from "./icons.tsx";

interface DialogProps {
  title: string;
  /** Only for who cannot see it: the content says it already. */
  titleHidden?: boolean;
  onClose: () => void;
  className?: string;
  children: ReactNode;
}

/** Open as long as it is rendered. */
export function Dialog({ title, titleHidden = false, onClose, className, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close();
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes it too; the click is on what lies outside
    <dialog
      ref={dialog}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={({ target }) => target === dialog.current && onClose()}
      className={classes(
        "m-auto max-h-[85dvh] w-[min(36rem,calc(100vw-2rem))] overflow-hidden rounded-lg border border-rule bg-raised p-0 text-ink shadow-float outline-none! backdrop:bg-black/40",
        className,
      )}
    >
      <div className="flex max-h-[85dvh] flex-col gap-3 overflow-y-auto p-4">
        <div className={titleHidden ? "sr-only" : "flex items-start gap-3"}>
          <h2 id={heading} className="min-w-0 flex-1 text-base font-semibold break-words">
            {title}
          </h2>
          {!titleHidden && (
            <Button look="quiet" aria-label="Close" onClick={onClose} className="order-last -my-1 -mr-1.5">
              <CloseIcon />
            </Button>
          )}
        </div>
        {children}
      </div>
    </dialog>
  );
}
