export { VersionsPage } from "./components/VersionsPage";
