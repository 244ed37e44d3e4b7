/** The part of the browser's Web Locks that is used; absent on pages without a secure origin. */
export interface Locks {
  request(
    name: string,
    options: { ifAvailable?: boolean; steal?: boolean },
    callback: (lock: unknown) => Promise<void> | undefined,
  ): Promise<unknown>;
}

/** Keeps one person from working on the same item in two tabs: the tab that has it, in hand or ahead, holds it. */
export class TabLocks {
  private readonly held = new Map<number, () => void>();

  constructor(
    private readonly owner: number,
    /** Called when another tab took an item over. */
    private readonly lost: (itemId: number) => void,
    private readonly locks: Locks | null = (navigator.locks as Locks | undefined) ?? null,
  ) {}

  /** Holds the item; false when another tab does. */
  async take(itemId: number, steal = false): Promise<boolean> {
    if (this.locks === null || this.held.has(itemId)) return true;
    const { locks } = this;
    return new Promise((resolve) => {
      let release: () => void = () => {};
      const request = locks.request(
        `winnow-item-${this.owner}-${itemId}`,
        steal ? { steal: true } : { ifAvailable: true },
        (lock) => {
          if (lock === null) {
            resolve(false);
            return;
          }
          const held = new Promise<void>((done) => {
            release = done;
          });
          this.held.set(itemId, release);
          resolve(true);
          return held;
        },
      );
      request.catch(() => {
        // Also where locks do not work at all: they then stand in nobody's way.
        resolve(true);
        if (this.held.get(itemId) !== release) return;
        this.held.delete(itemId);
        this.lost(itemId);
      });
    });
  }

  drop(itemId: number): void {
    const release = this.held.get(itemId);
    this.held.delete(itemId);
    release?.();
  }

  dropAll(): void {
    for (const itemId of [...this.held.keys()]) this.drop(itemId);
  }
}
