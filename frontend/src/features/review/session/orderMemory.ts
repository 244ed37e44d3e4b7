import type { CheckOrder } from "@/document/checkOrder";

const KEY = "winnow.check_order";

/** The check order that was chosen last on this browser. */
export function rememberedOrder(): CheckOrder {
  try {
    return localStorage.getItem(KEY) === "reading" ? "reading" : "margin";
  } catch {
    return "margin";
  }
}

/** A browser that keeps nothing asks again next time; that is no reason to stop the work. */
export function rememberOrder(order: CheckOrder): void {
  try {
    localStorage.setItem(KEY, order);
  } catch {
    // See above.
  }
}
