/** What must never come of any input: errors nobody caught, promises nobody watched, a changed prototype. */

export interface Escaped {
  /** What happened since the last question. */
  trouble(): string | undefined;
  close(): void;
}

const prototypes: ReadonlyArray<readonly [name: string, prototype: object]> = [
  ["Object", Object.prototype],
  ["Array", Array.prototype],
  ["String", String.prototype],
  ["Function", Function.prototype],
];

const namesOf = (): string[] =>
  prototypes.flatMap(([name, prototype]) =>
    Reflect.ownKeys(prototype).map((key) => `${name}.prototype.${String(key)}`),
  );

export function watchProcess(): Escaped {
  const errors: string[] = [];
  const before = new Set(namesOf());
  const onError = (error: unknown): void => {
    errors.push(`nobody caught: ${error instanceof Error ? error.stack : String(error)}`);
  };
  process.on("uncaughtException", onError);
  process.on("unhandledRejection", onError);
  return {
    trouble: () => {
      const added = namesOf().find((name) => !before.has(name));
      return errors.shift() ?? (added === undefined ? undefined : `${added} was added`);
    },
    close: () => {
      process.off("uncaughtException", onError);
      process.off("unhandledRejection", onError);
    },
  };
}
