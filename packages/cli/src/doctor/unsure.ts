/** Looks into values of which nothing is known. */

export const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

export const member = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
