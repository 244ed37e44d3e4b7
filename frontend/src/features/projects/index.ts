export { DashboardPage } from "./components/DashboardPage";
export { NewProjectPage } from "./components/NewProjectPage";
export { ProjectsPage } from "./components/ProjectsPage";
export { SettingsPage } from "./components/SettingsPage";
