export { RunPage } from "./components/RunPage";
export { RunRedirect } from "./components/RunRedirect";
export { RunsPage } from "./components/RunsPage";
