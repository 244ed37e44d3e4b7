import { expect, it } from "vitest";
import { randomUuid } from "./uuid";

it("makes version 4 UUIDs that differ", () => {
  const made = Array.from({ length: 100 }, randomUuid);
  expect(
    made.every((one) => /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(one)),
  ).toBe(true);
  expect(new Set(made).size).toBe(100);
});
