import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { Decision } from "../api";
import type { Board } from "./marks";

/** What is in hand of one class: survives a reload, a crash and a closed tab. */
export interface Sheet {
  /** See `sheetKey`. */
  readonly key: string;
  /** The pictures in the order in which they were shown. */
  readonly order: readonly number[];
  readonly board: Board;
  /** Pictures that were handed in and are open again. */
  readonly again: readonly number[] | null;
}

export interface OutProblem {
  readonly itemId: number;
  readonly outcome: "conflict" | "lease_lost" | "refused";
  readonly message: string;
}

/** A batch on its way to the server, or what is left of one: pictures that it did not take. */
export interface Outgoing {
  /** Its Idempotency-Key: however often it is sent, it is done once. */
  readonly key: string;
  readonly owner: number;
  readonly projectId: number;
  readonly items: readonly Decision[];
  readonly names: Readonly<Record<number, string>>;
  /** Empty while it is on its way. */
  readonly problems: readonly OutProblem[];
  readonly attempts: number;
  readonly createdAt: number;
  readonly dueAt: number;
}

export interface Kept {
  /** False when a closed tab would lose it all. */
  readonly durable: boolean;
  sheet(key: string): Promise<Sheet | null>;
  putSheet(sheet: Sheet): Promise<void>;
  batches(owner: number): Promise<Outgoing[]>;
  putBatch(batch: Outgoing): Promise<void>;
  removeBatch(key: string): Promise<void>;
  /** A batch leaves and its pictures' marks with it, as one step: work is never in neither place. */
  send(batch: Outgoing, sheet: Sheet): Promise<void>;
}

export function sheetKey(owner: number, projectId: number, classId: number): string {
  return `${owner}:${projectId}:${classId}`;
}

interface Schema extends DBSchema {
  sheets: { key: string; value: Sheet };
  batches: { key: string; value: Outgoing; indexes: { owner: number } };
}

class IndexedKept implements Kept {
  readonly durable = true;

  constructor(private readonly database: IDBPDatabase<Schema>) {}

  async sheet(key: string): Promise<Sheet | null> {
    return (await this.database.get("sheets", key)) ?? null;
  }

  async putSheet(sheet: Sheet): Promise<void> {
    await this.database.put("sheets", sheet);
  }

  batches(owner: number): Promise<Outgoing[]> {
    return this.database.getAllFromIndex("batches", "owner", owner);
  }

  async putBatch(batch: Outgoing): Promise<void> {
    await this.database.put("batches", batch);
  }

  async removeBatch(key: string): Promise<void> {
    await this.database.delete("batches", key);
  }

  async send(batch: Outgoing, sheet: Sheet): Promise<void> {
    const transaction = this.database.transaction(["sheets", "batches"], "readwrite");
    await Promise.all([
      transaction.objectStore("batches").put(batch),
      transaction.objectStore("sheets").put(sheet),
      transaction.done,
    ]);
  }
}

export class MemoryKept implements Kept {
  readonly durable = false;
  private readonly held = new Map<string, Sheet>();
  private readonly outgoing = new Map<string, Outgoing>();

  async sheet(key: string): Promise<Sheet | null> {
    return this.held.get(key) ?? null;
  }

  async putSheet(sheet: Sheet): Promise<void> {
    this.held.set(sheet.key, sheet);
  }

  async batches(owner: number): Promise<Outgoing[]> {
    return [...this.outgoing.values()].filter((batch) => batch.owner === owner);
  }

  async putBatch(batch: Outgoing): Promise<void> {
    this.outgoing.set(batch.key, batch);
  }

  async removeBatch(key: string): Promise<void> {
    this.outgoing.delete(key);
  }

  async send(batch: Outgoing, sheet: Sheet): Promise<void> {
    await this.putBatch(batch);
    await this.putSheet(sheet);
  }
}

/** Opens the browser's database; where there is none, what is kept lives as long as the tab. */
export async function openKept(name = "winnow-grid"): Promise<Kept> {
  try {
    return new IndexedKept(
      await openDB<Schema>(name, 1, {
        upgrade(fresh) {
          fresh.createObjectStore("sheets", { keyPath: "key" });
          fresh.createObjectStore("batches", { keyPath: "key" }).createIndex("owner", "owner");
        },
      }),
    );
  } catch {
    return new MemoryKept();
  }
}
