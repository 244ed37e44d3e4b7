export function RunsPage() {
  return null;
}
export function RunPage() {
  return null;
}
export function RunRedirect() {
  return null;
}
