export { ExportPage } from "./components/ExportPage";
export { ImportPage } from "./components/ImportPage";
