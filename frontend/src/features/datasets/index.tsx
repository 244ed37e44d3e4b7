export function ImportPage() {
  return null;
}
export function ExportPage() {
  return null;
}
