/** The gateway is not the one that serves this page: which it is, and how to leave it. */
import { forgetGateway, gateway } from "../stores/place.ts";

export function OtherGateway({ says }: { says: string }) {
  const leave = () => {
    forgetGateway(localStorage);
    location.reload();
  };
  return (
    <span data-testid="other-gateway">
      {says} <strong className="font-mono font-medium break-all text-ink">{gateway().url}</strong>, which an address
      with <code className="font-mono">?gateway=</code> named.{" "}
      <button type="button" onClick={leave} className="cursor-pointer text-run underline">
        Forget this gateway
      </button>
    </span>
  );
}
