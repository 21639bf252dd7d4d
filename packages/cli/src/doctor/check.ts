/** One thing that doctor looks at, and what it found. */

export interface Finding {
  name: string;
  /** ok · warn: works, with a limit · fail: something will not work. */
  status: "ok" | "warn" | "fail";
  /** What was found. */
  message: string;
  /** How to mend it. */
  mend?: string;
}

export const ok = (name: string, message: string): Finding => ({ name, status: "ok", message });

export const warn = (name: string, message: string, mend: string): Finding => ({ name, status: "warn", message, mend });

export const fail = (name: string, message: string, mend: string): Finding => ({ name, status: "fail", message, mend });
