/** Views that are fetched when first opened, and fetched again when they could not be. */
import { type ComponentType, use } from "react";

/** The gateway was away, or has another dashboard by now whose files are called otherwise. */
export class ViewUnfetched extends Error {
  /** The next time it is shown, it is fetched. */
  readonly again: () => void;

  constructor(cause: unknown, again: () => void) {
    super("The files of this view could not be fetched.", { cause });
    this.name = "ViewUnfetched";
    this.again = again;
  }
}

interface Lazy {
  (): React.ReactNode;
  preload: () => Promise<void>;
}

/** The router's own would load the whole page anew, which without a gateway ends in the browser's error page. */
export function lazyRouteComponent<Name extends string>(
  load: () => Promise<Readonly<Record<Name, ComponentType>>>,
  name: Name,
): Lazy {
  let View: ComponentType | undefined;
  let error: ViewUnfetched | undefined;
  let loading: Promise<void> | undefined;
  const again = () => {
    error = loading = undefined;
  };
  const preload = (): Promise<void> => {
    loading ??= load().then(
      (loaded) => {
        View = loaded[name];
      },
      (cause: unknown) => {
        error = new ViewUnfetched(cause, again);
      },
    );
    return loading;
  };
  const LazyView = () => {
    if (error) throw error;
    if (!View) use(preload());
    return View && <View />;
  };
  return Object.assign(LazyView, { preload });
}
