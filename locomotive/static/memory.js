// What a device remembers of its customer, by her choice: one entry, and the pages of her orders.
import { forgetOrders } from "./keep-pages.js";

const NAME = "customer";

export function read() {
  try {
    return JSON.parse(localStorage.getItem(NAME)) || null;
  } catch {
    return null;
  }
}

export function write(kept) {
  try {
    if (kept) localStorage.setItem(NAME, JSON.stringify(kept));
    else localStorage.removeItem(NAME);
    if (!kept) forgetOrders();
    return true;
  } catch {
    return false;
  }
}
