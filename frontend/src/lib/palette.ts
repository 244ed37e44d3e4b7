/** Hues that stay apart for the common kinds of colour blindness (after Okabe and Ito, and Tol's "muted"). */
export const PALETTE = [
  "#0072b2",
  "#e69f00",
  "#009e73",
  "#cc79a7",
  "#56b4e9",
  "#d55e00",
  "#8c6bb1",
  "#999933",
  "#44aa99",
  "#882255",
  "#117733",
  "#aa4499",
] as const;

export function paletteColor(index: number): string {
  return PALETTE[index % PALETTE.length] ?? PALETTE[0];
}
