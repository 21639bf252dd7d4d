/** All keys that do something here. */
import { Dialog } from "../components/dialog.tsx";
import { useReadable } from "../stores/use-readable.ts";
import { goKeys } from "./go-keys.ts";
import { globalKeys, type KeyHelp, viewKeys } from "./keys.ts";
import { placeGroups } from "./places.tsx";

const going: readonly KeyHelp[] = placeGroups
  .flatMap(({ places }) => places)
  .map(({ to, label }) => ({ keys: `g ${goKeys[to]}`, says: label }));

export function KeyboardMap({ onClose }: { onClose: () => void }) {
  const ofView = useReadable(viewKeys).flat();
  return (
    <Dialog title="Keys" onClose={onClose}>
      {ofView.length > 0 && <Keys title="In this view" keys={ofView} />}
      <Keys title="Everywhere" keys={globalKeys} />
      <Keys title="Go to" keys={going} columns />
      <p className="text-[13px] text-ink-3">None of them works while you write in a field.</p>
    </Dialog>
  );
}

function Keys({ title, keys, columns = false }: { title: string; keys: readonly KeyHelp[]; columns?: boolean }) {
  return (
    <section aria-label={title}>
      <h3 className="pb-1 text-xs text-ink-3">{title}</h3>
      <dl className={columns ? "grid gap-x-6 sm:grid-cols-2" : "grid"}>
        {keys.map(({ keys: pressed, says }) => (
          <div key={pressed + says} className="flex items-center gap-3 py-1 text-[13px]">
            <dt className="flex w-24 shrink-0 gap-1">
              {pressed.split(" ").map((one, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: the same key may come twice, in this order
                <kbd key={at} className="rounded border border-rule bg-panel px-1.5 font-mono text-xs leading-5">
                  {one}
                </kbd>
              ))}
            </dt>
            <dd className="min-w-0 text-ink-2">{says}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
