import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { Button, EmptyState, LinkButton, Loaded, Page } from "@/components";
import type { Project } from "@/lib/api";
import { usePermissions } from "@/lib/permissions";
import { useProject } from "@/lib/queries";
import { useProjectId } from "@/lib/useProjectId";
import { type ItemFilter, useItems } from "../api";
import { Filters } from "./Filters";
import { ItemDrawer } from "./ItemDrawer";
import styles from "./Items.module.css";
import { Tile } from "./Tile";

export function ItemsPage() {
  const project = useProject(useProjectId());
  return <Loaded query={project}>{(data) => <Explorer project={data} />}</Loaded>;
}

function Explorer({ project }: { project: Project }) {
  const { t } = useTranslation("items");
  const [search, setSearch] = useSearchParams();
  const filter: ItemFilter = {
    state: search.get("state") ?? "",
    split: search.get("split") ?? "",
    class: search.get("class") ?? "",
    q: search.get("q") ?? "",
  };
  const items = useItems(project.id, filter);
  const opened = search.get("item") ? Number(search.get("item")) : null;
  const set = (change: Record<string, string>, replace = true) =>
    setSearch(
      (current) => {
        const next = new URLSearchParams(current);
        for (const [name, value] of Object.entries(change)) {
          if (value) next.set(name, value);
          else next.delete(name);
        }
        return next;
      },
      { replace },
    );

  const list = items.data ?? [];
  const at = list.findIndex((item) => item.id === opened);
  const step = (by: number) => {
    const next = list[at + by];
    if (next) set({ item: String(next.id) });
  };

  return (
    <Page wide title={t("title")}>
      <Filters project={project} filter={filter} onChange={set} />
      <Loaded query={items} skeleton={<GridSkeleton />}>
        {(rows) =>
          rows.length === 0 ? (
            <Nothing project={project} filter={filter} onClear={() => setSearch({}, { replace: true })} />
          ) : (
            <>
              <ul className={styles.grid}>
                {rows.map((item) => (
                  <Tile
                    key={item.id}
                    item={item}
                    labels={project.classes}
                    onOpen={() => set({ item: String(item.id) }, false)}
                  />
                ))}
              </ul>
              {items.hasNextPage ? (
                <div className={styles.more}>
                  <Button busy={items.isFetchingNextPage} onClick={() => void items.fetchNextPage()}>
                    {t("common:action.loadMore")}
                  </Button>
                </div>
              ) : null}
            </>
          )
        }
      </Loaded>
      {opened === null ? null : (
        <ItemDrawer
          itemId={opened}
          project={project}
          onClose={() => set({ item: "" })}
          onPrevious={at > 0 ? () => step(-1) : undefined}
          onNext={at >= 0 && at < list.length - 1 ? () => step(1) : undefined}
        />
      )}
    </Page>
  );
}

interface NothingProps {
  project: Project;
  filter: ItemFilter;
  onClear: () => void;
}

function Nothing({ project, filter, onClear }: NothingProps) {
  const { t } = useTranslation("items");
  const { can } = usePermissions(project);
  if (Object.values(filter).some(Boolean)) {
    return (
      <EmptyState
        title={t("noMatch.title")}
        reason={t("noMatch.reason")}
        action={<Button onClick={onClear}>{t("noMatch.clear")}</Button>}
      />
    );
  }
  return (
    <EmptyState
      title={t("empty.title")}
      reason={t(can("import") ? "empty.reason" : "empty.ask")}
      action={
        can("import") ? (
          <LinkButton variant="primary" to={`/projects/${project.id}/import`}>
            {t("empty.import")}
          </LinkButton>
        ) : null
      }
    />
  );
}

function GridSkeleton() {
  const tiles = Array.from({ length: 12 }, (_, index) => `tile-${index}`);
  return (
    <ul className={styles.grid} aria-busy="true">
      {tiles.map((tile) => (
        <li key={tile} className={styles.ghost} />
      ))}
    </ul>
  );
}
