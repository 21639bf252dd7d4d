/** A way out of the panel: https only, its host said, and nothing told to it. */

/** Undefined: no address that anybody should be sent to. */
export function outside(url: string | undefined): URL | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const parsed = new URL(url);
  return parsed.protocol === "https:" && parsed.username === "" && parsed.password === "" ? parsed : undefined;
}

export function OutsideLink({ url, label }: { url: string | undefined; label: string }) {
  const to = outside(url);
  if (to === undefined) return null;
  return (
    <a
      href={to.href}
      target="_blank"
      rel="noopener noreferrer"
      aria-label={`${label}, on ${to.host} (opens another page)`}
      title={to.href}
      className="text-run hover:underline"
    >
      {to.host} ↗
    </a>
  );
}
