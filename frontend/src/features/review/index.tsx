export { ReviewPage } from "./components/ReviewPage";
