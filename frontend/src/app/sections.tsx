import type { ReactNode } from "react";
import type { Capability, Project } from "@/lib/api";

interface Section {
  path: string;
  label: string;
  icon: ReactNode;
  /** Any of these shows the link; empty = every member. */
  needs: Capability[];
}

function icon(path: string): ReactNode {
  return (
    <svg width="16" height="16" viewBox="0 0 16 16" fill="none" aria-hidden="true">
      <path d={path} stroke="currentColor" strokeWidth="1.4" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}

const SECTIONS: Section[] = [
  { path: "", label: "nav.overview", needs: [], icon: icon("M2.5 13V8.5M6.2 13V5M9.8 13V9.5M13.5 13V3") },
  {
    path: "queue",
    label: "nav.queue",
    needs: ["review"],
    icon: icon("M2.5 4h11M2.5 8h11M2.5 12h6M11 12l1.2 1.2 2-2.4"),
  },
  {
    path: "items",
    label: "nav.items",
    needs: [],
    icon: icon("M2.5 2.5h4.4v4.4H2.5zM9.1 2.5h4.4v4.4H9.1zM2.5 9.1h4.4v4.4H2.5zM9.1 9.1h4.4v4.4H9.1z"),
  },
  {
    path: "import",
    label: "nav.import",
    needs: ["import"],
    icon: icon("M8 2.5v7.5M5 7l3 3 3-3M2.5 11v2.5h11V11"),
  },
  {
    path: "export",
    label: "nav.export",
    needs: ["export"],
    icon: icon("M8 10V2.5M5 5.5l3-3 3 3M2.5 11v2.5h11V11"),
  },
  {
    path: "versions",
    label: "nav.versions",
    needs: ["view_models"],
    icon: icon("M8 2 2.5 5 8 8l5.5-3L8 2ZM2.5 8 8 11l5.5-3M2.5 11 8 14l5.5-3"),
  },
  {
    path: "models",
    label: "nav.models",
    needs: ["view_models"],
    icon: icon("M8 2.2 13 5v6l-5 2.8L3 11V5l5-2.8ZM3 5l5 2.9L13 5M8 7.9v5.9"),
  },
  {
    path: "runs",
    label: "nav.runs",
    needs: ["view_runs"],
    icon: icon("M2.5 8a5.5 5.5 0 1 0 1.8-4.1M2.5 2.5v3h3M8 5v3.2l2.2 1.3"),
  },
  {
    path: "team",
    label: "nav.team",
    needs: ["edit_project"],
    icon: icon(
      "M6 7.5a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6ZM1.8 13c.4-2.4 2-3.6 4.2-3.6s3.800 1.200 4.200 3.600M10.800 3.200a2.200 2.200 0 0 1 0 4.200M12 9.700c1.300.5 2.100 1.600 2.300 3.300",
    ),
  },
  {
    path: "settings",
    label: "nav.settings",
    needs: ["edit_project", "manage_labels"],
    icon: icon("M2.500 4.500h6M11.500 4.500h2M2.500 11.500h2M7.500 11.500h6M10 3v3M6 10v3"),
  },
  {
    path: "audit",
    label: "nav.audit",
    needs: ["view_audit"],
    icon: icon("M4 2.500h6l2.500 2.500v8.500H4zM6 7h4.500M6 10h4.500"),
  },
];

export function visibleSections(project: Project): Section[] {
  return SECTIONS.filter(
    ({ needs }) =>
      needs.length === 0 || needs.some((capability) => project.capabilities.includes(capability)),
  );
}
