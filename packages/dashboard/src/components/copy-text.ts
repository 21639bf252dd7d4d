/** Copying, and what is said about it. */
import { useState } from "react";
import { toast } from "../stores/toasts.ts";

const write = async (text: string): Promise<void> => navigator.clipboard.writeText(text);

export function useCopy(text: string): { copied: boolean; copy: () => void } {
  const [copied, setCopied] = useState<string>();
  const copy = () => {
    write(text).then(
      () => setCopied(text),
      () => toast("The browser did not allow copying; select the text instead.", "bad"),
    );
  };
  return { copied: copied === text, copy };
}
