import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { FoundThreshold, VariantCalibration } from "@/lib/api";
import { fakeBackend } from "@/test/backend";
import { project } from "@/test/cast";
import { renderPage } from "@/test/page";
import { Calibration } from "./components/Calibration";
import { Found } from "./components/Found";
import { LeftOut } from "./components/LeftOut";

afterEach(() => vi.unstubAllGlobals());

const own: FoundThreshold = {
  threshold: 0.8125,
  reason: "own",
  n: 149,
  right: 149,
  bound: 0.98,
  coverage: 0.62,
  guesses: 240,
};
const few: FoundThreshold = {
  ...own,
  threshold: null,
  reason: "few",
  n: 12,
  right: 9,
  bound: 0.473,
  coverage: 0,
};

const calibration: VariantCalibration = {
  kind: "temperature",
  reason: {},
  guesses: 252,
  dataset_version: 3,
  before: { ece: 0.142, reliability: [{ confidence: 0.9, accuracy: 0.7, n: 252 }] },
  after: { ece: 0.021, reliability: [{ confidence: 0.72, accuracy: 0.7, n: 252 }] },
  thresholds: { "0.95": { cell: own, platelet: few }, "0.98": { cell: own, platelet: few } },
};

it("tells the error before and after, and what each curve says", () => {
  renderPage(<Calibration calibration={calibration} />);
  screen.getByText(/0\.142 before, 0\.021 after/);
  screen.getByRole("img", { name: /before: confidence 90\s?%: right 70\s?%.*after: confidence 72\s?%/ });
});

it("says why scores stay as they are, by its code", () => {
  const reason = { code: "few" as const, guesses: 12, pictures: 3, need_guesses: 100, need_pictures: 10 };
  renderPage(<Calibration calibration={{ ...calibration, kind: "none", reason }} />);
  screen.getByText(/12 guesses in 3 reviewed pictures; 100 in 10 are needed/);
});

it("says why a class has no threshold", async () => {
  fakeBackend({ [`GET /api/projects/${project.id}/`]: { body: project } });
  renderPage(<Found projectId={project.id} calibration={calibration} />);
  const row = (await screen.findByText("platelet")).closest("tr");
  expect(row?.textContent).toMatch(/never.*12.*47\.3\s?%.*hardly any reviewed guesses/);
  expect(screen.getByText("cell").closest("tr")?.textContent).toMatch(/0\.81.*149.*98(\.0)?\s?%.*62\s?%/);
  await userEvent.selectOptions(screen.getByRole("combobox", { name: "Target precision" }), "0.95");
  screen.getByText("its own guesses hold the target");
});

it("shows the pictures in which a class seems to be missing", async () => {
  fakeBackend({ [`GET /api/projects/${project.id}/`]: { body: project } });
  renderPage(<LeftOut projectId={project.id} rows={[{ item_id: 7, class: "cell", guesses: 14 }]} />);
  screen.getByText("A picture in which a class seems to be missing");
  const link = await screen.findByRole("link", { name: /14 × cell\?/ });
  expect(link.getAttribute("href")).toContain("item=7");
});
