import { useClient } from "../stores/client.tsx";
import { useNow } from "../stores/clock.ts";
import { gatewayInfoOf } from "../stores/gateway-info.ts";
import { useReadable } from "../stores/use-readable.ts";

/** The time by the gateway's clock, which is the one that deadlines end by; renewed each second. */
export function useGatewayNow(): number {
  const now = useNow();
  return now + useReadable(gatewayInfoOf(useClient())).aheadMs;
}
