import { cleanup, configure } from "@testing-library/react";
import { afterEach, beforeAll } from "vitest";
import { startI18n } from "@/i18n";

// What a page shows in the end is tested, not how soon: the default of one second failed on busy machines.
configure({ asyncUtilTimeout: 15_000 });

beforeAll(async () => {
  await startI18n("en");
});

afterEach(() => {
  cleanup();
});
