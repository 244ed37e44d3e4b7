import { useTranslation } from "react-i18next";
import type { Capability, Project } from "@/lib/api";

/** What the person may do in the project, and why not. */
export function usePermissions(project: Pick<Project, "role" | "capabilities">) {
  const { t } = useTranslation();
  const can = (capability: Capability) => project.capabilities.includes(capability);
  const role = project.role ?? "annotator";
  const reason = (capability: Capability): string | null =>
    can(capability) ? null : t("reason.capability", { role: t(`role.${role}`) });
  return { can, reason };
}
