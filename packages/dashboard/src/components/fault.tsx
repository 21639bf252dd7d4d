/** Why something failed, in its own words: they may name what somebody made up, of any length and with anything in it. */
import { calm } from "../text/visible.ts";

export const Fault = ({ text }: { text: string }) => (
  <span className="min-w-0 wrap-anywhere text-stop">{calm(text)}</span>
);
