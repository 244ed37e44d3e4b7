/** Strokes the path twice, a wide shade under a thin line, so that it is seen on dark and on light pictures. */
export function strokeOnShade(
  context: CanvasRenderingContext2D,
  { colour = "#ffffff", width = 1.5, shade = 0.6 }: { colour?: string; width?: number; shade?: number } = {},
): void {
  context.lineWidth = 2 * width;
  context.strokeStyle = `rgba(0, 0, 0, ${shade})`;
  context.stroke();
  context.lineWidth = width;
  context.strokeStyle = colour;
  context.stroke();
}
