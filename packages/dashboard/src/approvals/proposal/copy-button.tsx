import { useState } from "react";
import { Button } from "../../components/button.tsx";
import { CheckIcon, CopyIcon } from "../../components/icons.tsx";
import { toast } from "../../stores/toasts.ts";

/** Copies the text as it was sent, every character of it. */
export function CopyButton({ text, what }: { text: string; what: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      toast("The browser did not allow copying; select the text instead.", "bad");
    }
  };
  return (
    <Button look="quiet" aria-label={`Copy ${what}`} onClick={() => void copy()}>
      {copied ? <CheckIcon /> : <CopyIcon />}
      {copied ? "Copied" : "Copy"}
    </Button>
  );
}
