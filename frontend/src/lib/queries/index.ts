export { keys } from "./keys";
export { can, useProject, useProjects } from "./projects";
export { useChangeLocale, useLogIn, useLogOut, useSession } from "./session";
