/** Events over HTTP, for what has to be there before something is measured. */

export interface Gateway {
  url: string;
  token: string;
}

const batchMost = 1_000;

/** `many` of them, made one after the other; rejects if one of them is refused. */
export async function publishAll(gateway: Gateway, many: number, eventOf: (at: number) => object): Promise<void> {
  for (let from = 0; from < many; from += batchMost) {
    const length = Math.min(batchMost, many - from);
    await publish(
      gateway,
      Array.from({ length }, (_, at) => eventOf(from + at)),
    );
  }
}

export async function publish({ url, token }: Gateway, events: readonly object[]): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const answer = await fetch(`${url}/v1/events`, { method: "POST", headers, body: JSON.stringify(events) });
  const text = await answer.text();
  if (!answer.ok || text.includes('"error"')) throw new Error(`${answer.status} ${text.slice(0, 500)}`);
}
