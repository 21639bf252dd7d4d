/** 64 hex digits that stand for a SHA-256, which this platform-free package has to be given. */
export function digest(text: string): string {
  let hex = "";
  for (let part = 0; part < 8; part++) {
    // FNV-1a, with another start for each part.
    let hash = (0x811c9dc5 + part * 0x9e3779b9) >>> 0;
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
    hex += hash.toString(16).padStart(8, "0");
  }
  return hex;
}
