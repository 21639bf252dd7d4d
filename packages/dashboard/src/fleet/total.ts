/** How many channels there are, where a view is not given all of them. */

export interface Count {
  many: number;
  /** There are more than were counted. */
  more: boolean;
}

const pageMost = 1_000;
/** Then it is enough to know that there are more. */
const pagesMost = 50;

interface Page {
  channels: readonly unknown[];
  next?: string;
}

export async function countChannels(ask: (path: string) => Promise<Page>, patterns: readonly string[]): Promise<Count> {
  let many = 0;
  let pages = 0;
  for (const pattern of patterns) {
    let after: string | undefined = "";
    while (after !== undefined) {
      if (pages++ >= pagesMost) return { many, more: true };
      const query: URLSearchParams = new URLSearchParams({ pattern, limit: String(pageMost), after });
      const page: Page = await ask(`/v1/channels?${query}`);
      many += page.channels.length;
      after = page.next;
    }
  }
  return { many, more: false };
}
