import type { Mark, Shape } from "./shape";

export const LABEL_FONT =
  "500 12px system-ui, -apple-system, 'Segoe UI', 'Noto Sans', 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif";
export const LABEL_HEIGHT_PX = 18;
export const LABEL_PADDING_PX = 5;
/** A label is drawn only where its box is at least this share of the text's width: otherwise labels bury the picture. */
const ROOM_SHARE = 0.6;

const MARKS: Record<Exclude<Mark, null>, string> = { tick: "✓", notch: "✎", question: "?", warning: "!" };

export function labelText(shape: Shape): string {
  return shape.mark === null ? shape.label : `${MARKS[shape.mark]} ${shape.label}`;
}

/** Text widths are measured once: measureText for 5,000 labels a frame would cost more than drawing them. */
export class TextWidths {
  private readonly known = new Map<string, number>();

  of(context: CanvasRenderingContext2D, text: string): number {
    const known = this.known.get(text);
    if (known !== undefined) return known;
    const width = context.measureText(text).width;
    if (this.known.size > 5000) this.known.clear();
    this.known.set(text, width);
    return width;
  }
}

export function hasRoom(boxWidthPx: number, textWidthPx: number): boolean {
  return boxWidthPx >= ROOM_SHARE * textWidthPx;
}

export function parseColour(colour: string): [number, number, number] {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(colour);
  if (match === null) return [37, 99, 235];
  return [match[1], match[2], match[3]].map((part) => Number.parseInt(part ?? "0", 16)) as [
    number,
    number,
    number,
  ];
}

export function withAlpha(colour: string, alpha: number): string {
  const [red, green, blue] = parseColour(colour);
  return `rgba(${red}, ${green}, ${blue}, ${alpha})`;
}

/** Black or white, whichever has more contrast on the colour. Source: WCAG 2.1 relative luminance. */
export function inkOn(colour: string): "#000000" | "#ffffff" {
  const linear = parseColour(colour).map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126 * (linear[0] ?? 0) + 0.7152 * (linear[1] ?? 0) + 0.0722 * (linear[2] ?? 0);
  return luminance > 0.179 ? "#000000" : "#ffffff";
}
