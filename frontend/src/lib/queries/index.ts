export { keys } from "./keys";
export { can, useProject, useProjects } from "./projects";
export { isFinished, type RunStory, useRun, useRunAction } from "./runs";
export { useChangeLocale, useLogIn, useLogOut, useSession } from "./session";
export { useVersions } from "./versions";
