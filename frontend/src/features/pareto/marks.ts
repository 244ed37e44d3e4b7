import type { ParetoPoint } from "@/lib/api";
import { paletteColor } from "@/lib/palette";

/** Shapes stand for the kind of compression, so that colour is never the only sign. */
const SHAPES: Record<string, string> = {
  base: circle(6),
  pruned: polygon(3, 7.5),
  quantized: "M-5.5-5.5h11v11h-11Z",
  distilled: polygon(4, 7.5),
  smaller_input: polygon(5, 7),
  architecture: polygon(6, 7),
};
const OTHER = "M-2-6.500h4v4.500h4.500v4h-4.500v4.500h-4v-4.500h-4.500v-4h4.500Z";
const STAR = star(9.5, 4.2);

function circle(r: number): string {
  return `M${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`;
}

function corner(angle: number, r: number): string {
  return `${(r * Math.sin(angle)).toFixed(2)} ${(-r * Math.cos(angle)).toFixed(2)}`;
}

function polygon(corners: number, r: number): string {
  const points = Array.from({ length: corners }, (_, index) => corner((2 * Math.PI * index) / corners, r));
  return `M${points.join("L")}Z`;
}

function star(outer: number, inner: number): string {
  const points = Array.from({ length: 10 }, (_, index) =>
    corner((Math.PI * index) / 5, index % 2 === 0 ? outer : inner),
  );
  return `M${points.join("L")}Z`;
}

/** The known kinds, in the order of the legend. */
export const KINDS = Object.keys(SHAPES);

export function shapeOf(kind: string): string {
  return SHAPES[kind] ?? OTHER;
}

export function markOf(point: ParetoPoint): string {
  return point.deployed ? STAR : shapeOf(point.kind);
}

export { STAR };

/** One colour for each family of models, the same in plot, legend and tables. */
export function familyColors(points: ParetoPoint[]): Map<string, string> {
  const families = [...new Set(points.map(({ family }) => family))].sort();
  return new Map(families.map((family, index) => [family, paletteColor(index)]));
}
