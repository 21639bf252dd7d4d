/** Which connections, in which order, and the one that is looked at: kept in the address. */

export const sorts = ["worst", "who", "opened", "queued", "rate"] as const;
export type Sort = (typeof sorts)[number];

export interface ConnectionsSearch {
  /** Every word must occur in who, client, address, transport, node or state. */
  q?: string;
  sort?: Sort;
  id?: string;
}

export function readConnectionsSearch({ q, sort, id }: Record<string, unknown>): ConnectionsSearch {
  const chosen = sorts.find((one) => one === sort);
  return {
    ...(q === undefined || q === "" ? {} : { q: String(q) }),
    ...(chosen === undefined || chosen === "worst" ? {} : { sort: chosen }),
    ...(id === undefined || id === "" ? {} : { id: String(id) }),
  };
}
