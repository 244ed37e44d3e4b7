export { ItemsPage } from "./components/ItemsPage";
