/**
 * How many items are leased and decoded ahead: three, one where the browser says that memory is short. A 4K picture
 * takes 33 MB.
 */
export function picturesAhead(): number {
  const { deviceMemory = 8 } = navigator as { deviceMemory?: number };
  return deviceMemory <= 4 ? 1 : 3;
}
