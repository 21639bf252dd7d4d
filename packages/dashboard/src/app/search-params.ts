/** Addresses that people can read: `?state=waiting,failed&q=build`. */

export const parseSearch = (search: string): Record<string, string> => Object.fromEntries(new URLSearchParams(search));

export function stringifySearch(search: Record<string, unknown>): string {
  const pairs = Object.entries(search).flatMap(([name, value]): Array<[string, string]> => {
    if (value === undefined || value === "" || value === false) return [];
    return [[name, Array.isArray(value) ? value.join(",") : String(value)]];
  });
  if (pairs.length === 0) return "";
  // Commas and slashes need no escaping in a query, and read better.
  return `?${new URLSearchParams(pairs)}`.replace(/%2C/g, ",").replace(/%2F/g, "/");
}
