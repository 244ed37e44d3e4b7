import { useEffect, useState } from "react";

/**
 * A hook for what sends a person's work while other pages are open: made once for each person. When somebody else signs
 * in, the one before stops sending; what it kept waits in the browser's database until they are back.
 */
export function perPerson<Kept>(make: (owner: number) => Promise<Kept>, close: (kept: Kept) => void) {
  const made = new Map<number, Promise<Kept>>();

  function of(owner: number): Promise<Kept> {
    for (const [other, open] of made) {
      if (other === owner) continue;
      made.delete(other);
      void open.then(close);
    }
    const open = made.get(owner) ?? make(owner);
    made.set(owner, open);
    return open;
  }

  return function useKept(owner: number | undefined): Kept | null {
    const [kept, setKept] = useState<Kept | null>(null);
    useEffect(() => {
      if (owner === undefined) return;
      let current = true;
      void of(owner).then((open) => {
        if (current) setKept(open);
      });
      return () => {
        current = false;
      };
    }, [owner]);
    return kept;
  };
}
