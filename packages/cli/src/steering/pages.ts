/** Commands, checkpoints, budgets or leases, page by page. */
import type { Client } from "@signalbox/client";

export async function* pagesOf<Row>(
  client: Client,
  what: "budgets" | "checkpoints" | "commands" | "leases",
  query: Readonly<Record<string, string>>,
): AsyncGenerator<Row[]> {
  for (let after: string | undefined; ; ) {
    const all = new URLSearchParams({ ...query, limit: "500", ...(after === undefined ? {} : { after }) });
    const page = await client.request<{ [what: string]: Row[] | string | undefined; next?: string }>(
      `/v1/${what}?${all}`,
    );
    const rows = page[what];
    if (Array.isArray(rows)) yield rows;
    if (page.next === undefined) return;
    after = page.next;
  }
}
