/** Text of Server-Sent Events. Whatever the payload holds, it stays within its own event. */

export interface SseEvent {
  id?: string | undefined;
  event?: string;
  data: string;
}

/** Id and event name lose line ends and NUL; data is split at every kind of line end. */
export function sseText({ id, event, data }: SseEvent): string {
  let text = "";
  if (event !== undefined) text += `event: ${oneLine(event)}\n`;
  if (id !== undefined) text += `id: ${oneLine(id)}\n`;
  text += lineEnd.test(data)
    ? data
        .split(anyLineEnd)
        .map((line) => `data: ${line}\n`)
        .join("")
    : `data: ${data}\n`;
  return `${text}\n`;
}

const lineEnd = /[\r\n]/;
const anyLineEnd = /\r\n|\r|\n/;

const oneLine = (text: string): string => text.replace(/[\r\n\0]/g, "");

/** A line that clients ignore: it keeps proxies from closing a quiet connection. */
export const sseComment = ":\n\n";

/** After this many milliseconds a client connects again. */
export const sseRetry = (ms: number): string => `retry: ${Math.round(ms)}\n\n`;
