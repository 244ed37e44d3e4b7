/** A grain in the fan's wind. */
export function Logo({ size = 18 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="none" aria-hidden="true">
      <path d="M12 2.5c4.6 3.6 4.6 9.4 0 14-4.6-4.6-4.6-10.4 0-14Z" fill="currentColor" />
      <path
        d="M3 15.5c2.4 0 4.4 1 6 3M21 15.5c-2.4 0-4.4 1-6 3M5.5 21.2c4.3-.9 8.7-.9 13 0"
        stroke="currentColor"
        strokeWidth="1.8"
        strokeLinecap="round"
      />
    </svg>
  );
}
