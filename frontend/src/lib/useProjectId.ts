import { useParams } from "react-router";

export function useProjectId(): number {
  return Number(useParams().projectId);
}
