/** Every query key of the application, so that an invalidation names exactly what it means. */
export const keys = {
  session: ["session"] as const,
  projects: ["projects"] as const,
  project: (projectId: number) => ["projects", projectId] as const,
  dashboard: (projectId: number) => ["projects", projectId, "dashboard"] as const,
  members: (projectId: number) => ["projects", projectId, "members"] as const,
  items: (projectId: number, filter: object = {}) => ["projects", projectId, "items", filter] as const,
  runs: (projectId: number, filter: object = {}) => ["projects", projectId, "runs", filter] as const,
  versions: (projectId: number) => ["projects", projectId, "versions"] as const,
  models: (projectId: number) => ["projects", projectId, "models"] as const,
  compressOptions: (projectId: number, filter: object = {}) =>
    ["projects", projectId, "compress", "options", filter] as const,
  compressEstimate: (projectId: number, order: object) =>
    ["projects", projectId, "compress", "estimate", order] as const,
  pareto: (projectId: number, filter: object = {}) => ["projects", projectId, "pareto", filter] as const,
  devices: ["devices"] as const,
  report: (variantId: number, split: string) => ["variants", variantId, "report", split] as const,
  comparison: (variantId: number, otherId: number) => ["variants", variantId, "compare", otherId] as const,
  checklist: (variantId: number) => ["variants", variantId, "checklist"] as const,
  trials: (runId: number) => ["runs", runId, "trials"] as const,
  audit: (projectId: number) => ["projects", projectId, "audit"] as const,
  guessing: (projectId: number) => ["projects", projectId, "guessing"] as const,
  similar: (projectId: number, searchId: number) => ["projects", projectId, "similar", searchId] as const,
  estimate: (projectId: number, precision: number) => ["projects", projectId, "estimate", precision] as const,
  item: (itemId: number) => ["items", itemId] as const,
  run: (runId: number) => ["runs", runId] as const,
};
