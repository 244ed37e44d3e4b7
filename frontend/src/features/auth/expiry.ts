import { create } from "zustand";
import { onSignedOut } from "@/lib/api";

interface Expiry {
  /** The log-in dialog stands over the page. */
  open: boolean;
  set: (open: boolean) => void;
}

export const useExpiry = create<Expiry>((set) => ({ open: false, set: (open) => set({ open }) }));

onSignedOut(() => useExpiry.getState().set(true));
