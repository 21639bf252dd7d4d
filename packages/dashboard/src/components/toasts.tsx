import { toasts } from "../stores/toasts.ts";
import { useReadable } from "../stores/use-readable.ts";
import { classes } from "./classes.ts";

/** What was just done, or could not be. Announced, and gone after a while. */
export function Toasts() {
  const shown = useReadable(toasts);
  return (
    <div
      className="pointer-events-none fixed right-4 bottom-16 z-50 flex w-80 max-w-[calc(100vw-2rem)] flex-col gap-2 md:bottom-4"
      role="status"
    >
      {shown.map((toast) => (
        <p
          key={toast.id}
          className={classes(
            "rounded-lg border border-rule bg-raised px-3 py-2 shadow-float",
            toast.tone === "bad" && "border-l-4 border-l-stop",
          )}
        >
          {toast.text}
        </p>
      ))}
    </div>
  );
}
