import type { ReactNode } from "react";

function Icon({ children }: { children: ReactNode }) {
  return (
    <svg
      width="18"
      height="18"
      viewBox="0 0 18 18"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

export const ICONS = {
  select: (
    <Icon>
      <path d="M4 2.5 14 9l-4.6 1L7 14.5z" />
    </Icon>
  ),
  box: (
    <Icon>
      <rect x="3" y="4" width="12" height="10" />
      <path d="M9 7v4M7 9h4" />
    </Icon>
  ),
  cutOut: (
    <Icon>
      <path d="M4 14 10.5 7.5M12 3v3M10.5 4.5h3M14.5 8v2M13.5 9h2" />
      <path d="m9.5 6.5 2 2" />
    </Icon>
  ),
  polygon: (
    <Icon>
      <path d="M4.5 6 11 3.5l3.5 5-3 6-7-1.5z" />
      <path
        d="M3.5 5h2v2h-2zM10 2.5h2v2h-2zM13.5 7.5h2v2h-2zM10.5 13.5h2v2h-2zM3.5 12h2v2h-2z"
        fill="currentColor"
        stroke="none"
      />
    </Icon>
  ),
  brush: (
    <Icon>
      <path d="M14.5 3.5 8.3 9.7M8.3 9.7c-1-1-2.6-.7-3.3.3-.9 1.300-.6 3-2 4.200 2 .8 4.300.5 5.400-.9.8-1 .8-2.7-.1-3.6z" />
    </Icon>
  ),
  fit: (
    <Icon>
      <path d="M3 6.5V3h3.5M11.5 3H15v3.5M15 11.5V15h-3.5M6.5 15H3v-3.5" />
    </Icon>
  ),
  zoom: (
    <Icon>
      <circle cx="8" cy="8" r="4.5" />
      <path d="m11.5 11.5 3.5 3.5M6 8h4M8 6v4" />
    </Icon>
  ),
  labels: (
    <Icon>
      <path d="M3 5.5h7l4 3.5-4 3.5H3z" />
    </Icon>
  ),
  ghost: (
    <Icon>
      <path strokeDasharray="2.2 2.4" d="M3 4h8v8H3z" />
      <path d="M7 7h8v8H7z" />
    </Icon>
  ),
  undo: (
    <Icon>
      <path d="M6.5 4 3 7.5 6.5 11M3.5 7.5H11a3.5 3.5 0 0 1 0 7H8" />
    </Icon>
  ),
  redo: (
    <Icon>
      <path d="M11.5 4 15 7.5 11.5 11M14.5 7.5H7a3.5 3.5 0 0 0 0 7h3" />
    </Icon>
  ),
  previous: (
    <Icon>
      <path d="M11 4 6 9l5 5" />
    </Icon>
  ),
  next: (
    <Icon>
      <path d="m7 4 5 5-5 5" />
    </Icon>
  ),
};
