/** Reading `data` that anybody may have sent in any shape. */

export interface Readings {
  text(name: string): string | undefined;
  number(name: string): number | undefined;
  inner(name: string): Readings;
}

export function fieldsOf(data: unknown): Readings {
  const own = (name: string): unknown =>
    typeof data === "object" && data !== null && Object.hasOwn(data, name) ? Reflect.get(data, name) : undefined;
  return {
    text: (name) => {
      const value = own(name);
      return typeof value === "string" ? value : undefined;
    },
    number: (name) => {
      const value = own(name);
      return typeof value === "number" && Number.isFinite(value) ? value : undefined;
    },
    inner: (name) => fieldsOf(own(name)),
  };
}
