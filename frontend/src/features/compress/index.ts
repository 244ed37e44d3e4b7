export { CompressPage } from "./components/CompressPage";
