export { ParetoPage } from "./components/ParetoPage";
