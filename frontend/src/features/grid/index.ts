export { GridPage } from "./components/GridPage";
