/** The one connection of this page. */
import type { Client } from "@signalbox/client";
import { createContext, useContext } from "react";

const ClientContext = createContext<Client | undefined>(undefined);

export const ClientProvider = ClientContext.Provider;

export function useClient(): Client {
  const client = useContext(ClientContext);
  if (!client) throw new Error("useClient outside of ClientProvider");
  return client;
}

/** A laptop that woke up or a network that came back: try now instead of waiting out the pause. */
export function wakeWithThePage(client: Client): () => void {
  const wake = () => {
    if (!document.hidden) client.wake();
  };
  addEventListener("online", wake);
  addEventListener("pageshow", wake);
  document.addEventListener("visibilitychange", wake);
  return () => {
    removeEventListener("online", wake);
    removeEventListener("pageshow", wake);
    document.removeEventListener("visibilitychange", wake);
  };
}
