/**
 * The service worker: shows what a push says, decides with the links that came with it, and takes away what is over. It keeps nothing
 * and answers no request of a page.
 */
import { addressIn, type Clicked, clickedOf, readNote, shownOf } from "./worker-notes.ts";

/** What is used of a service worker's world; the library of types for it does not go together with that of pages. */
interface WorkerEvent extends Event {
  waitUntil(promise: Promise<unknown>): void;
}
interface WorkerWorld {
  registration: ServiceWorkerRegistration;
  clients: {
    claim(): Promise<void>;
    matchAll(options: { type: "window"; includeUncontrolled: boolean }): Promise<WindowOf[]>;
    openWindow(url: string): Promise<unknown>;
  };
  skipWaiting(): Promise<void>;
  addEventListener(type: string, listener: (event: never) => void): void;
}
interface WindowOf {
  url: string;
  focus(): Promise<WindowOf>;
  navigate(url: string): Promise<unknown>;
}

const world = self as unknown as WorkerWorld;

world.addEventListener("install", (event: WorkerEvent) => event.waitUntil(world.skipWaiting()));
world.addEventListener("activate", (event: WorkerEvent) => event.waitUntil(world.clients.claim()));

world.addEventListener("push", (event: WorkerEvent & { data: { text(): string } | null }) => {
  const note = readNote(event.data?.text() ?? "");
  if (note !== undefined) event.waitUntil(note.what === "withdrawn" ? takeAway(note.id) : show(note));
});

world.addEventListener("notificationclick", (event: WorkerEvent & { action: string; notification: Notification }) => {
  const { action, notification } = event;
  const clicked = clickedOf(notification.data);
  if (clicked === undefined) notification.close();
  else event.waitUntil(act(action, clicked, notification));
});

const time = (ms: number): string => new Date(ms).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });

async function show(note: Parameters<typeof shownOf>[0]): Promise<void> {
  const { title, options } = shownOf(note, time);
  await world.registration.showNotification(title, options);
}

async function takeAway(tag: string): Promise<void> {
  for (const shown of await world.registration.getNotifications({ tag })) shown.close();
}

async function act(action: string, clicked: Clicked, notification: Notification): Promise<void> {
  const link = action === "approve" ? clicked.links.approve : action === "deny" ? clicked.links.deny : undefined;
  const isDecided = link !== undefined && (await decide(addressIn(world.registration.scope, link)));
  if (!isDecided) {
    notification.close();
    return open(clicked);
  }
  // Takes its place until the gateway says that it is over. Closed before, it could take the new one with it: they have one tag.
  const { tag } = notification;
  const word = action === "approve" ? "Approved" : "Denied";
  await world.registration.showNotification(`${word}: ${clicked.title}`, { tag, silent: true, data: clicked });
}

async function decide(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { method: "POST", headers: { accept: "application/json" } });
    return answer.ok;
  } catch {
    return false;
  }
}

/** In the dashboard that is open already, if there is one. */
async function open({ links }: Clicked): Promise<void> {
  const { scope } = world.registration;
  const url = addressIn(scope, links.open);
  const windows = await world.clients.matchAll({ type: "window", includeUncontrolled: true });
  const known = windows.find((one) => one.url.startsWith(scope));
  if (known === undefined) {
    await world.clients.openWindow(url);
    return;
  }
  const focused = await known.focus();
  await focused.navigate(url);
}
