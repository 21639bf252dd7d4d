/** How a gateway notifies, with what is meant where nothing is said. */

export interface NotificationSettings {
  /** Somebody said whom push services write to. */
  hasContact: boolean;
  /** Where people find this gateway, without a slash at the end. */
  publicUrl: string;
  hasPublicUrl: boolean;
}

/** What should be set before links reach a phone; `undefined`: nothing. */
export function hintOf({ publicUrl, hasPublicUrl, hasContact }: NotificationSettings): string | undefined {
  const { hostname, protocol } = new URL(publicUrl);
  const isLocal = hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.");
  if (isLocal) {
    return `Links in notifications lead to ${publicUrl}, which only this machine can open: set publicUrl to the address that people use.`;
  }
  if (protocol !== "https:" && !hasPublicUrl) {
    return `Links in notifications lead to ${publicUrl}: set publicUrl to the https address that people use.`;
  }
  if (!hasContact)
    return "Some push services want to know whom to write to: set notifications.contact to a mailto: address.";
  return undefined;
}
