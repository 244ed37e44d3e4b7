import { Navigate, useParams } from "react-router";
import { Loaded, PageSkeleton } from "@/components";
import { useRun } from "@/lib/queries";

/** /runs/7 → the same run inside its project. */
export function RunRedirect() {
  const runId = Number(useParams().runId);
  const story = useRun(runId);
  return (
    <Loaded query={story} skeleton={<PageSkeleton />}>
      {({ run }) => <Navigate to={`/projects/${run.project_id}/runs/${run.id}`} replace />}
    </Loaded>
  );
}
