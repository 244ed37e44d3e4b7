export function ProjectsPage() {
  return null;
}
export function NewProjectPage() {
  return null;
}
export function DashboardPage() {
  return null;
}
export function SettingsPage() {
  return null;
}
