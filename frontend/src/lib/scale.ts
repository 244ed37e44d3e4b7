/** Axes of plots: numbers to pixels and back, straight or logarithmic, with round ticks. */

export interface Scale {
  toPixel: (value: number) => number;
  toValue: (pixel: number) => number;
  ticks: number[];
  domain: [number, number];
}

export interface ScaleOptions {
  /** Pixels of the low and of the high end. */
  range: [number, number];
  log?: boolean;
  /** About so many ticks. */
  ticks?: number;
}

/** The values' span with a margin on both sides; one value alone gets room around it. */
export function paddedDomain(values: number[], log = false, margin = 0.08): [number, number] {
  const usable = values.filter((value) => Number.isFinite(value) && (!log || value > 0));
  if (usable.length === 0) return log ? [1, 10] : [0, 1];
  const [low, high] = [Math.min(...usable), Math.max(...usable)];
  if (log) {
    const pad = low === high ? 2 : (high / low) ** margin;
    return [low / pad, high * pad];
  }
  const pad = low === high ? Math.abs(low) * 0.2 || 1 : (high - low) * margin;
  return [low - pad, high + pad];
}

export function makeScale(domain: [number, number], { range, log = false, ticks = 6 }: ScaleOptions): Scale {
  const [low, high] = domain;
  const [from, to] = range;
  const bend = log ? Math.log10 : (value: number) => value;
  const unbend = log ? (value: number) => 10 ** value : (value: number) => value;
  const [a, b] = [bend(low), bend(high)];
  const span = b - a || 1;
  return {
    toPixel: (value) => from + ((bend(value) - a) / span) * (to - from),
    toValue: (pixel) => unbend(a + ((pixel - from) / (to - from || 1)) * span),
    ticks: log ? logTicks(low, high) : linearTicks(low, high, ticks),
    domain,
  };
}

/** Multiples of 1, 2 or 5 times a power of ten. */
export function linearTicks(low: number, high: number, about = 6): number[] {
  const rough = (high - low) / Math.max(1, about);
  if (!(rough > 0) || !Number.isFinite(rough)) return [low];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, index) =>
    Number(((first + index) * step).toPrecision(12)),
  );
}

/** 1, 2, 5 of each decade; plain ticks where the span is too small to hold two of those. */
export function logTicks(low: number, high: number): number[] {
  const found: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += 1) {
    for (const factor of [1, 2, 5]) {
      const value = Number((factor * 10 ** power).toPrecision(12));
      if (value >= low && value <= high) found.push(value);
    }
  }
  return found.length > 1 ? found : linearTicks(low, high, 4).filter((value) => value > 0);
}
