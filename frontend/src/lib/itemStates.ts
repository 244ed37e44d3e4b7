import type { ItemState, Project } from "@/lib/api";

/** Every state in the order of its life, with the colour that stands for it everywhere. */
export const ITEM_STATES: { state: ItemState; color: string }[] = [
  { state: "reviewed", color: "var(--state-reviewed)" },
  { state: "auto_accepted", color: "var(--state-auto)" },
  { state: "queued", color: "var(--state-queued)" },
  { state: "new", color: "var(--state-new)" },
  { state: "skipped", color: "var(--state-skipped)" },
  { state: "problem", color: "var(--state-problem)" },
];

export function stateColor(state: ItemState): string {
  return ITEM_STATES.find((entry) => entry.state === state)?.color ?? "var(--state-new)";
}

/** The parts of a project's state bar. */
export function stateParts(
  project: Pick<Project, "id" | "counts">,
  name: (state: ItemState) => string,
  linked = true,
) {
  return ITEM_STATES.map(({ state, color }) => ({
    key: state,
    label: name(state),
    value: project.counts[state],
    color,
    to: linked ? `/projects/${project.id}/items?state=${state}` : undefined,
  }));
}
