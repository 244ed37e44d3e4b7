import { expect, it } from "vitest";
import { asAnnotator, project } from "@/test/cast";
import { visibleSections } from "./sections";

it("an annotator sees the pages of an annotator, an admin all of them", () => {
  expect(visibleSections(asAnnotator).map(({ path }) => path)).toEqual(["", "queue", "items"]);
  expect(visibleSections(project)).toHaveLength(11);
});
