import { afterEach, expect, it } from "vitest";
import { changeLocale } from "@/i18n";
import { ApiError } from "./api";
import { errorText, refusalText } from "./errorText";

afterEach(() => changeLocale("en"));

const refused = new ApiError(409, "last_admin", "a project needs an admin; make somebody else admin first");

it("English shows the server's own words, which name things", () => {
  expect(errorText(refused)).toBe(refused.message);
  expect(errorText(new ApiError(0, "offline", "Failed to fetch"))).toContain("does not answer");
});

it("Chinese shows the translation of the code, and the server's words where there is none", async () => {
  await changeLocale("zh-Hans");
  expect(errorText(refused)).toContain("管理员");
  expect(errorText(new ApiError(422, "unheard_of", "something new"))).toBe("something new");
  expect(refusalText({ code: "zero_area", reason: "the box has no area" })).toBe("框的面积为零");
});
