export function drawPlots(): string[] {
  return [];
}
