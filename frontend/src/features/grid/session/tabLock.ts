/** Keeps one person from working on the same pictures in two tabs. Returns how to let go, or null where a tab has it. */
export async function lockTab(
  name: string,
  options: { steal: boolean; lost: () => void },
  locks: LockManager | undefined = navigator.locks,
): Promise<(() => void) | null> {
  // Absent on pages without a secure origin: there nothing stands in anybody's way.
  if (locks === undefined) return () => {};
  return new Promise((resolve) => {
    let granted = false;
    locks
      .request(name, options.steal ? { steal: true } : { ifAvailable: true }, (lock) => {
        if (lock === null) {
          resolve(null);
          return;
        }
        granted = true;
        return new Promise<void>((release) => resolve(release));
      })
      .catch(() => {
        if (granted) options.lost();
        else resolve(() => {});
      });
  });
}
