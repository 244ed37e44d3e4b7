/** An id for a region drawn by hand, unique enough to merge by. */
export function newRegionId(): string {
  const random = crypto.getRandomValues(new Uint8Array(8));
  return `m-${Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
