import type { CompressOptions, Project } from "@/lib/api";
import type { Draft } from "../draft";
import type { Problem } from "../problems";

/** What each page of the wizard gets. */
export interface StepProps {
  project: Project;
  options: CompressOptions;
  draft: Draft;
  onChange: (change: Partial<Draft>) => void;
  /** Those of this page. */
  problems: Problem[];
}
