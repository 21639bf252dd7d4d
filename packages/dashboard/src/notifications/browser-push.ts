/** This browser's subscription: made here, kept by the browser, known to the gateway. */
import type { Client } from "@signalbox/client";
import { basePath } from "../stores/place.ts";
import { type PushState, pushState } from "./push-state.ts";

/** As the gateway tells of one. */
export interface Subscription {
  id: string;
  service: string;
  label?: string;
  notify: string[];
  delayMs: number;
  createdMs: number;
  lastSentMs?: number;
  failures: number;
  disabled?: string;
}

export interface PushKey {
  publicKey: string;
  publicUrl: string;
  limit: number;
  hint?: string;
}

export interface PushOptions {
  label?: string;
  notify?: string[];
  delayMs?: number;
}

const workerPath = `${basePath}sw.js`;

interface ScriptPolicies {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string };
}

/** The content policy wants to be told which scripts may be named: this one only. */
function workerUrl(): string {
  const policies: ScriptPolicies | undefined = Reflect.get(globalThis, "trustedTypes");
  const isOurs = (url: string): string => {
    if (url !== workerPath) throw new TypeError("not the worker of this dashboard");
    return url;
  };
  return (
    policies?.createPolicy("signalbox-worker", { createScriptURL: isOurs }).createScriptURL(workerPath) ?? workerPath
  );
}

let registering: Promise<ServiceWorkerRegistration> | undefined;

function register(): Promise<ServiceWorkerRegistration> {
  registering ??= navigator.serviceWorker
    .register(workerUrl(), { scope: basePath })
    .then(() => navigator.serviceWorker.ready);
  return registering;
}

async function subscribed(): Promise<globalThis.PushSubscription | undefined> {
  const registration = await navigator.serviceWorker.getRegistration(basePath);
  return (await registration?.pushManager.getSubscription()) ?? undefined;
}

export async function readPushState(): Promise<PushState> {
  const hasWorker = "serviceWorker" in navigator;
  const hasPush = "PushManager" in globalThis;
  const permission = "Notification" in globalThis ? Notification.permission : undefined;
  const isSubscribed = isSecureContext && hasWorker && hasPush && (await subscribed()) !== undefined;
  return pushState({ isSecure: isSecureContext, hasWorker, hasPush, permission, isSubscribed });
}

/** Asks the person, then the browser, then tells the gateway. Rejects with what the browser says. */
export async function turnOn(client: Client, { publicKey }: PushKey, options: PushOptions): Promise<Subscription> {
  const permission = await Notification.requestPermission();
  if (permission !== "granted") throw new DOMException("not allowed", "NotAllowedError");
  const { pushManager } = await register();
  const known = await pushManager.getSubscription();
  // Of another gateway's key it would never be told anything.
  if (known !== null && !isSameKey(known.options.applicationServerKey, publicKey)) await known.unsubscribe();
  const made = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: publicKey });
  return tell(client, made, options);
}

export async function turnOff(client: Client): Promise<void> {
  const known = await subscribed();
  if (known === undefined) return;
  const { id } = await tell(client, known, {});
  await known.unsubscribe();
  await client.request(`/v1/notifications/subscriptions/${id}`, { method: "DELETE" });
}

/** After a restart of the browser, or a new token: what the gateway knows of this browser is true again. */
export async function renew(client: Client): Promise<string | undefined> {
  if ((await readPushState()) !== "on") return undefined;
  const known = await subscribed();
  return known && (await tell(client, known, {})).id;
}

/** What is not said stays as it was. */
async function tell(client: Client, made: globalThis.PushSubscription, options: PushOptions): Promise<Subscription> {
  const { endpoint, keys } = made.toJSON();
  return client.request("/v1/notifications/subscriptions", { method: "PUT", body: { endpoint, keys, ...options } });
}

export async function change(client: Client, options: PushOptions): Promise<void> {
  const known = await subscribed();
  if (known !== undefined) await tell(client, known, options);
}

function isSameKey(kept: ArrayBuffer | null, publicKey: string): boolean {
  if (kept === null) return false;
  const text = btoa(String.fromCharCode(...new Uint8Array(kept)));
  return text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "") === publicKey;
}
