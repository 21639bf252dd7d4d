/** Members of states whose shape is the gateway's: another version may fold them otherwise. */

export const inside = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;

export function textIn(value: unknown, name: string): string | undefined {
  const found = inside(value, name);
  return typeof found === "string" ? found : undefined;
}

export function numberIn(value: unknown, name: string): number | undefined {
  const found = inside(value, name);
  return typeof found === "number" ? found : undefined;
}

export function listIn(value: unknown, name: string): readonly unknown[] {
  const found = inside(value, name);
  return Array.isArray(found) ? found : [];
}
