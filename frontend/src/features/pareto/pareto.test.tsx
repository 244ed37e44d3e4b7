import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { ParetoPoint } from "@/lib/api";
import { fakeBackend } from "@/test/backend";
import { project, run } from "@/test/cast";
import { renderPage } from "@/test/page";
import { csvRow } from "./components/PointsTable";
import { csvOf } from "./csv";
import { ParetoPage } from "./index";

afterEach(() => vi.unstubAllGlobals());

const point = (id: number, label: string, change: Partial<ParetoPoint>): ParetoPoint => ({
  variant_id: id,
  trial_id: null,
  version_id: 1,
  number: 1,
  label,
  kind: "base",
  family: "yolo11n",
  precision: "fp32",
  metric: 0.8,
  low: 0.75,
  high: 0.85,
  size_bytes: 10_000_000,
  latency: { p20_ms: 20, p50_ms: 22, p95_ms: 30 },
  macs: null,
  params: 2_600_000,
  deployed: false,
  stale: false,
  ...change,
});

const whole = point(1, "road v1 fp32", { deployed: true });
const small = point(2, "road v1 int8", {
  kind: "quantized",
  precision: "int8",
  size_bytes: 3_000_000,
  metric: 0.79,
});
const beaten = point(3, "road v2 int8", {
  kind: "pruned",
  size_bytes: 4_000_000,
  metric: 0.6,
  latency: null,
});
const device = {
  id: 3,
  name: "bench",
  cpu: "",
  cores: 2,
  gpu: "",
  last_seen: null,
  online: true,
  here: true,
};
const comparison = {
  metric: "map50",
  a: 0.79,
  b: 0.8,
  drop: 0.0125,
  interval: [-0.01, 0.03],
  verdict: "pass",
  per_class: [
    { name: "car", a: 0.9, b: 0.89, delta: 0.01, n: 50 },
    { name: "sign", a: 0.6, b: 0.68, delta: -0.08, n: 12 },
  ],
  changed: [{ item_id: 91, delta: -0.02 }],
};

function open(points: ParetoPoint[], search = "", more = {}) {
  const data = {
    dataset_versions: [{ id: 4, number: 2 }],
    dataset_version_id: 4,
    devices: [device],
    device_id: 3,
    metric: "map50",
    points,
  };
  const log = fakeBackend({
    "GET /api/projects/1/": { body: project },
    "GET /api/projects/1/pareto/": { body: data },
    "GET /api/variants/2/compare/1/": { body: comparison },
    ...more,
  });
  const page = renderPage(
    <ParetoPage />,
    `/projects/1/models/pareto${search}`,
    "/projects/:projectId/models/pareto",
  );
  return { ...page, log };
}

const options = () => screen.findAllByRole("option", { name: /road v/ });

it("without a model the page says what to do", async () => {
  open([]);
  expect(await screen.findByText("No model yet")).toBeTruthy();
  expect(screen.getByRole("link", { name: "Retrain and compress" })).toBeTruthy();
});

it("one point makes no front, and the page says why", async () => {
  const { container } = open([whole]);
  expect(await screen.findByText(/One point alone makes no front/)).toBeTruthy();
  expect(container.querySelector("path.front")).toBeNull();
});

it("a chosen point stands against the deployed one, its classes by loss", async () => {
  open([whole, small, beaten]);
  const points = await options();
  expect(points.map((one) => one.getAttribute("aria-label")?.split(",")[0])).toEqual([
    "road v1 int8",
    "road v2 int8",
    "road v1 fp32",
  ]);
  expect(points[0]?.getAttribute("aria-label")).toContain("on the front");
  await userEvent.click(points[0] as Element);
  const table = await screen.findByRole("table", { name: "Classes by loss" });
  expect(
    within(table)
      .getAllByRole("row")
      .map(({ textContent }) => textContent),
  ).toEqual(["ClassHerePoints", "sign (12)60.0%−8.0", "car (50)90.0%+1.0"]);
  expect(screen.getByRole("link", { name: /Picture of item 91/ }).getAttribute("href")).toBe(
    "/projects/1/items?item=91",
  );
  expect(screen.getAllByText("-70.0%").length).toBe(1);
});

it("with Shift two are compared side by side, and the table has the same selection", async () => {
  const { router } = open([whole, small, beaten]);
  const points = await options();
  fireEvent.click(points[0] as Element);
  fireEvent.click(points[2] as Element, { shiftKey: true });
  const table = await screen.findByRole("table", { name: "Side by side" });
  expect(within(table).getByRole("columnheader", { name: "road v1 fp32" })).toBeTruthy();
  expect(router.state.location.search).toContain("selected=v2%2Cv1");
  const boxes = screen.getAllByRole<HTMLInputElement>("checkbox", { name: /^road/ });
  expect(boxes.map(({ checked }) => checked)).toEqual([true, true, false]);
  await userEvent.click(boxes[0] as Element);
  expect(await screen.findByRole("heading", { name: "road v1 int8" })).toBeTruthy();
});

it("arrows go from point to point and select", async () => {
  open([whole, small, beaten]);
  const points = await options();
  (points[0] as HTMLElement).focus();
  await userEvent.keyboard("{ArrowRight}");
  expect(await screen.findByRole("heading", { name: "road v2 int8" })).toBeTruthy();
  expect(document.activeElement?.getAttribute("aria-label")).toContain("road v2 int8");
});

it("budgets are lines that move by keys; what misses them is counted", async () => {
  const { router } = open([whole, small, beaten]);
  await userEvent.type(await screen.findByLabelText("Budget: Size", { selector: "input" }), "5");
  expect(await screen.findByText("1 of 3 points miss a budget and are dimmed.")).toBeTruthy();
  const line = screen.getByRole("slider", { name: "Budget: Size" });
  expect(line.getAttribute("aria-valuetext")).toBe("≤ 5.0 MB");
  line.focus();
  await userEvent.keyboard("{ArrowRight}");
  expect(Number(screen.getByRole("slider").getAttribute("aria-valuenow"))).toBeGreaterThan(5);
  await userEvent.keyboard("{Delete}");
  await waitFor(() => expect(router.state.location.search).not.toContain("bx"));
});

it("what was not measured on the device is said and can be measured, never drawn at zero", async () => {
  const measured = { "POST /api/variants/3/benchmark/": { status: 202, body: { ...run, id: 12 } } };
  const { log, router } = open([whole, small, beaten], "?x=p20", measured);
  expect(await options()).toHaveLength(2);
  expect(screen.getByText("Not measured on this device (bench): road v2 int8.")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Measure" }));
  await waitFor(() => expect(router.state.location.pathname).toBe("/projects/1/runs/12"));
  expect(log.find(({ method }) => method === "POST")?.body).toEqual({ device_id: 3 });
});

it("a point of an older evaluation set is hatched and on no front", async () => {
  const { container } = open([whole, { ...small, stale: true }]);
  const [first] = await options();
  expect(first?.getAttribute("aria-label")).toContain("older evaluation set");
  expect(first?.getAttribute("aria-label")).not.toContain("on the front");
  expect(container.querySelector('path[fill^="url(#hatch"]')).toBeTruthy();
});

it("the CSV opens in a spreadsheet: marked as UTF-8, quoted, and no formula runs", () => {
  const text = csvOf(
    ["a", "b"],
    [
      ["=1+1", 'say "hi", you'],
      [null, -2.5],
    ],
  );
  expect(text).toBe('\uFEFFa,b\r\n\'=1+1,"say ""hi"", you"\r\n,-2.5\r\n');
  expect(csvRow(beaten).slice(0, 8)).toEqual([
    "road v2 int8",
    "pruned",
    "yolo11n",
    "fp32",
    0.6,
    0.75,
    0.85,
    4_000_000,
  ]);
});
