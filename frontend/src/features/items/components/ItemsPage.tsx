import { useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { Button, EmptyState, LinkButton, Loaded, Page } from "@/components";
import type { Project } from "@/lib/api";
import { usePermissions } from "@/lib/permissions";
import { useProject } from "@/lib/queries";
import { useProjectId } from "@/lib/useProjectId";
import { type Row, useItems, useSummary } from "../api";
import { changed, type ItemFilter, isFiltered, readSearch, type Search } from "../search";
import { BulkRun } from "./BulkRun";
import { Filters } from "./Filters";
import { ItemDrawer } from "./ItemDrawer";
import styles from "./Items.module.css";
import { ItemsTable } from "./ItemsTable";
import { ScoreFilter } from "./ScoreFilter";
import { Tile } from "./Tile";
import { Toolbar } from "./Toolbar";

export function ItemsPage() {
  const project = useProject(useProjectId());
  return <Loaded query={project}>{(data) => <Explorer project={data} />}</Loaded>;
}

function Explorer({ project }: { project: Project }) {
  const { t } = useTranslation("items");
  const [address, setAddress] = useSearchParams();
  const search = readSearch(address);
  const { filter } = search;
  const items = useItems(project.id, filter, search.order, search.view);
  const summary = useSummary(project.id, filter);
  const [picked, pick, clear] = usePicked(JSON.stringify(filter));
  const set = (change: Record<string, string>, replace = true) =>
    setAddress((current) => changed(current, change), { replace });
  const open = (id: number) => set({ item: String(id) }, false);

  const list = items.data ?? [];
  const at = list.findIndex((item) => item.id === search.opened);
  const step = (by: number) => {
    const next = list[at + by];
    if (next) set({ item: String(next.id) });
  };
  const run = Number(address.get("run")) || null;

  return (
    <Page wide title={t("title")}>
      <Filters project={project} filter={filter} datasets={summary.data?.datasets ?? []} onChange={set} />
      {project.counts.total === 0 ? null : (
        <>
          <ScoreFilter projectId={project.id} filter={filter} onChange={(score) => set({ score })} />
          <Toolbar
            project={project}
            search={search}
            total={summary.data?.items ?? 0}
            picked={picked}
            onClear={clear}
            onChange={set}
            onStarted={(id) => set({ run: String(id) })}
          />
        </>
      )}
      {run ? <BulkRun projectId={project.id} runId={run} onClose={() => set({ run: "" })} /> : null}
      <Loaded query={items} skeleton={<GridSkeleton />}>
        {(rows) =>
          rows.length === 0 ? (
            <Nothing project={project} filter={filter} onClear={() => setAddress({}, { replace: true })} />
          ) : (
            <Rows
              project={project}
              search={search}
              rows={rows}
              total={summary.data?.items ?? rows.length}
              query={items}
              picked={picked}
              onPick={pick}
              onOpen={open}
              onOrder={(order) => set({ order })}
            />
          )
        }
      </Loaded>
      {search.opened === null ? null : (
        <ItemDrawer
          itemId={search.opened}
          project={project}
          onClose={() => set({ item: "" })}
          onPrevious={at > 0 ? () => step(-1) : undefined}
          onNext={at >= 0 && at < list.length - 1 ? () => step(1) : undefined}
        />
      )}
    </Page>
  );
}

/** What is picked, until the filter changes: what is out of sight is not acted on. */
function usePicked(filter: string) {
  const [picked, setPicked] = useState<ReadonlySet<number>>(new Set());
  const clear = useCallback(() => setPicked(new Set()), []);
  const pick = (ids: number[], on: boolean) =>
    setPicked((current) => {
      const next = new Set(current);
      for (const id of ids) {
        if (on) next.add(id);
        else next.delete(id);
      }
      return next;
    });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another filter is what clears it
  useEffect(clear, [filter]);
  return [picked, pick, clear] as const;
}

interface RowsProps {
  project: Project;
  search: Search;
  rows: Row[];
  total: number;
  query: Pick<ReturnType<typeof useItems>, "hasNextPage" | "isFetchingNextPage" | "fetchNextPage">;
  picked: ReadonlySet<number>;
  onPick: (ids: number[], on: boolean) => void;
  onOpen: (id: number) => void;
  onOrder: (order: Search["order"]) => void;
}

function Rows({ project, search, rows, total, query, picked, onPick, onOpen, onOrder }: RowsProps) {
  const { t } = useTranslation("items");
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  if (search.view === "table") {
    return (
      <ItemsTable
        rows={rows}
        total={total}
        order={search.order}
        onOrder={onOrder}
        picked={picked}
        onPick={onPick}
        onOpen={onOpen}
        onEnd={more}
      />
    );
  }
  return (
    <>
      <ul className={styles.grid}>
        {rows.map((item) => (
          <Tile key={item.id} item={item} labels={project.classes} onOpen={() => onOpen(item.id)} />
        ))}
      </ul>
      {hasNextPage ? (
        <div className={styles.more}>
          <Button busy={isFetchingNextPage} onClick={more}>
            {t("common:action.loadMore")}
          </Button>
        </div>
      ) : null}
    </>
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
  if (isFiltered(filter)) {
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
