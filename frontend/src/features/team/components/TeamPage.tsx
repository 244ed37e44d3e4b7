import { useTranslation } from "react-i18next";
import { Button, Card, type Column, Loaded, Page, Select, Stack, Table, toast } from "@/components";
import type { Member, Project, Role } from "@/lib/api";
import { errorText } from "@/lib/errorText";
import { usePermissions } from "@/lib/permissions";
import { useProject, useSession } from "@/lib/queries";
import { useProjectId } from "@/lib/useProjectId";
import { useAddMember, useChangeRole, useMembers, useRemoveMember } from "../api";
import { AddMember, ROLES } from "./AddMember";

export function TeamPage() {
  const project = useProject(useProjectId());
  return <Loaded query={project}>{(data) => <Team project={data} />}</Loaded>;
}

function Team({ project }: { project: Project }) {
  const { t } = useTranslation("team");
  const { reason } = usePermissions(project);
  const session = useSession();
  const members = useMembers(project.id);
  const off = reason("manage_members");
  return (
    <Page title={t("title")} about={t("about")}>
      <Stack gap="l">
        <Loaded query={members}>
          {(rows) => <Members project={project} rows={rows} off={off} me={session.data?.user?.id} />}
        </Loaded>
        {off ? null : <AddMember projectId={project.id} staff={session.data?.user?.is_staff ?? false} />}
        <Card title={t("roles.title")}>
          <dl>
            {ROLES.map((role) => (
              <div key={role} style={{ display: "grid", gridTemplateColumns: "120px 1fr", padding: "4px 0" }}>
                <dt>
                  <strong>{t(`common:role.${role}`)}</strong>
                </dt>
                <dd className="muted">{t(`roles.${role}`)}</dd>
              </div>
            ))}
          </dl>
        </Card>
      </Stack>
    </Page>
  );
}

interface MembersProps {
  project: Project;
  rows: Member[];
  off: string | null;
  me?: number;
}

function Members({ project, rows, off, me }: MembersProps) {
  const { t } = useTranslation("team");
  const change = useChangeRole(project.id);
  const remove = useRemoveMember(project.id);
  const add = useAddMember(project.id);
  const onError = (error: Error) => toast({ message: errorText(error), tone: "bad" });
  const columns: Column<Member>[] = [
    {
      key: "name",
      header: t("column.person"),
      grow: true,
      cell: ({ user }) => (
        <>
          <div>
            {user.name || user.email} {user.id === me ? <span className="muted">({t("you")})</span> : null}
          </div>
          {user.name ? <div className="muted">{user.email}</div> : null}
        </>
      ),
    },
    {
      key: "role",
      header: t("column.role"),
      cell: (member) => (
        <Select
          aria-label={t("roleOf", { name: member.user.name || member.user.email })}
          title={off ?? undefined}
          disabled={Boolean(off) || change.isPending}
          value={member.role}
          onChange={(event) =>
            change.mutate({ id: member.id, role: event.target.value as Role }, { onError })
          }
        >
          {ROLES.map((role) => (
            <option key={role} value={role}>
              {t(`common:role.${role}`)}
            </option>
          ))}
        </Select>
      ),
    },
    {
      key: "remove",
      header: <span className="visually-hidden">{t("column.actions")}</span>,
      numeric: true,
      cell: (member) => (
        <Button
          size="s"
          variant="ghost"
          reason={off}
          disabled={remove.isPending}
          onClick={() =>
            remove.mutate(member.id, {
              onSuccess: () =>
                toast({
                  message: t("removed", { name: member.user.name || member.user.email }),
                  undo: () => add.mutate({ email: member.user.email, role: member.role }, { onError }),
                }),
              onError,
            })
          }
        >
          {t("common:action.remove")}
        </Button>
      ),
    },
  ];
  return <Table caption={t("title")} columns={columns} rows={rows} rowKey={(member) => member.id} />;
}
