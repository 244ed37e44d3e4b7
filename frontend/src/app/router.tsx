import { createBrowserRouter, Navigate, type RouteObject } from "react-router";
import { LogInPage, RequireSession } from "@/features/auth";
import { RouteError } from "./RouteError";
import { ProjectLayout, Shell } from "./Shell";

/** A page of a lazily loaded feature: one chunk per feature. */
function page<Module extends object>(load: () => Promise<Module>, name: keyof Module) {
  return async () => ({ Component: (await load())[name] as React.ComponentType });
}

const projects = () => import("@/features/projects");
const datasets = () => import("@/features/datasets");
const items = () => import("@/features/items");
const queue = () => import("@/features/queue");
const review = () => import("@/features/review");
const grid = () => import("@/features/grid");
const runs = () => import("@/features/runs");
const versions = () => import("@/features/versions");
const models = () => import("@/features/models");
const pareto = () => import("@/features/pareto");
const reports = () => import("@/features/reports");
const compress = () => import("@/features/compress");
const team = () => import("@/features/team");
const audit = () => import("@/features/audit");

const projectPages: RouteObject[] = [
  { index: true, lazy: page(projects, "DashboardPage") },
  { path: "items", lazy: page(items, "ItemsPage") },
  { path: "queue", lazy: page(queue, "QueuePage") },
  { path: "import", lazy: page(datasets, "ImportPage") },
  { path: "export", lazy: page(datasets, "ExportPage") },
  { path: "runs", lazy: page(runs, "RunsPage") },
  { path: "runs/:runId", lazy: page(runs, "RunPage") },
  { path: "versions", lazy: page(versions, "VersionsPage") },
  { path: "models", lazy: page(models, "ModelsPage") },
  { path: "models/pareto", lazy: page(pareto, "ParetoPage") },
  { path: "models/variants/:variantId", lazy: page(reports, "ReportPage") },
  { path: "models/compress", lazy: page(compress, "CompressPage") },
  { path: "settings", lazy: page(projects, "SettingsPage") },
  { path: "team", lazy: page(team, "TeamPage") },
  { path: "audit", lazy: page(audit, "AuditPage") },
];

export const routes: RouteObject[] = [
  {
    element: <Shell />,
    errorElement: <RouteError />,
    HydrateFallback: () => null,
    children: [
      { path: "login", element: <LogInPage /> },
      {
        element: <RequireSession />,
        children: [
          { index: true, element: <Navigate to="/projects" replace /> },
          { path: "projects", lazy: page(projects, "ProjectsPage") },
          { path: "projects/new", lazy: page(projects, "NewProjectPage") },
          { path: "runs/:runId", lazy: page(runs, "RunRedirect") },
          // Review has the whole window: no side bar, no footer.
          { path: "projects/:projectId/review", lazy: page(review, "ReviewPage") },
          { path: "projects/:projectId/grid", lazy: page(grid, "GridPage") },
          {
            path: "projects/:projectId",
            element: <ProjectLayout />,
            children: projectPages.map((route) => ({ ...route, errorElement: <RouteError /> })),
          },
        ],
      },
      { path: "*", element: <RouteError missing /> },
    ],
  },
];

export const router = createBrowserRouter(routes);
