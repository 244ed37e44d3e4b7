import { useProject } from "@/lib/queries";
import { className } from "./format";

/** How to say a class that is known by its English name only; one that the project lacks stays as it is. */
export function useClassName(projectId: number): (name: string) => string {
  const { data } = useProject(projectId);
  return (name) => {
    const label = data?.classes.find((one) => one.name === name);
    return label ? className(label) : name;
  };
}
