import type { Triggers } from "@/features/projects/triggers";

const quiet = {
  due: false,
  seen_at: null,
  standing_since: null,
  aside_at: null,
  fired_at: null,
  outcome: null,
};

/** One trigger that proposes and three that do not. */
export const triggers: Triggers = {
  revision: 3,
  proposal: { due: true, triggers: ["ratio"] },
  under_way: null,
  reviewed: 132,
  needed: 20,
  triggers: [
    {
      ...quiet,
      slug: "ratio",
      mode: "propose",
      options: { ratio: 0.1 },
      due: true,
      value: 38 / 171,
      limit: 0.1,
      detail: { low: 38, high: 171 },
      standing_since: "2026-11-26T02:00:00Z",
      fired_at: "2026-11-26T02:00:00Z",
      outcome: { code: "proposed" },
    },
    {
      ...quiet,
      slug: "reviewed",
      mode: "auto",
      options: { items: 200 },
      value: 132,
      limit: 200,
      detail: {},
      fired_at: "2026-11-20T02:00:00Z",
      outcome: { code: "started", run_id: 12, run_state: "succeeded" },
    },
    {
      ...quiet,
      slug: "drift",
      mode: "propose",
      options: { distance: 0.15 },
      value: 0.08,
      limit: 0.15,
      detail: { class_id: 7, p: 0.41, n: 812 },
    },
    {
      ...quiet,
      slug: "schedule",
      mode: "off",
      options: { weekday: 0, at: "03:00" },
      value: null,
      limit: null,
      detail: { next_at: "2026-11-30T03:00:00Z" },
    },
  ],
};
