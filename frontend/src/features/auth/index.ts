export { LogInDialog } from "./components/LogInDialog";
export { LogInPage } from "./components/LogInPage";
export { RequireSession } from "./components/RequireSession";
