/** Parts that open something are fetched after the first picture. */
import { type ComponentType, lazy, Suspense } from "react";

/** Until it came, and where it cannot be fetched, its face stands in the same place and opens nothing. */
export function later(load: () => Promise<ComponentType>, Face: ComponentType<{ disabled: boolean }>): ComponentType {
  const Waiting = () => <Face disabled />;
  const Whole = lazy(async () => ({ default: await load().catch(() => Waiting) }));
  return () => (
    <Suspense fallback={<Waiting />}>
      <Whole />
    </Suspense>
  );
}
