import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { Entry } from "./entry";

/** Where entries are kept. `durable` is false when a closed tab would lose them. */
export interface Storage {
  readonly durable: boolean;
  all(owner: number): Promise<Entry[]>;
  put(entry: Entry): Promise<void>;
  /** Removes the entry only if it was not overwritten since `version`. */
  remove(key: string, version: number): Promise<boolean>;
  /** Puts one entry and removes another as one step: work is never in neither place. */
  swap(entry: Entry, removedKey: string): Promise<void>;
}

interface Schema extends DBSchema {
  entries: { key: string; value: Entry; indexes: { owner: number } };
}

const STORE = "entries";

class IndexedStorage implements Storage {
  readonly durable = true;

  constructor(private readonly database: IDBPDatabase<Schema>) {}

  all(owner: number): Promise<Entry[]> {
    return this.database.getAllFromIndex(STORE, "owner", owner);
  }

  async put(entry: Entry): Promise<void> {
    await this.database.put(STORE, entry);
  }

  async remove(key: string, version: number): Promise<boolean> {
    const transaction = this.database.transaction(STORE, "readwrite");
    const held = await transaction.store.get(key);
    const current = held?.version === version;
    if (current) await transaction.store.delete(key);
    await transaction.done;
    return current || held === undefined;
  }

  async swap(entry: Entry, removedKey: string): Promise<void> {
    const transaction = this.database.transaction(STORE, "readwrite");
    await Promise.all([transaction.store.put(entry), transaction.store.delete(removedKey), transaction.done]);
  }
}

export class MemoryStorage implements Storage {
  readonly durable = false;
  private readonly entries = new Map<string, Entry>();

  async all(owner: number): Promise<Entry[]> {
    return [...this.entries.values()].filter((entry) => entry.owner === owner);
  }

  async put(entry: Entry): Promise<void> {
    this.entries.set(entry.key, entry);
  }

  async remove(key: string, version: number): Promise<boolean> {
    const held = this.entries.get(key);
    if (held !== undefined && held.version !== version) return false;
    this.entries.delete(key);
    return true;
  }

  async swap(entry: Entry, removedKey: string): Promise<void> {
    this.entries.delete(removedKey);
    this.entries.set(entry.key, entry);
  }
}

/** Opens the browser's database; where there is none (private windows, old browsers) entries live as long as the tab. */
export async function openStorage(name = "winnow-outbox"): Promise<Storage> {
  try {
    const database = await openDB<Schema>(name, 1, {
      upgrade(fresh) {
        fresh.createObjectStore(STORE, { keyPath: "key" }).createIndex("owner", "owner");
      },
    });
    return new IndexedStorage(database);
  } catch {
    return new MemoryStorage();
  }
}
