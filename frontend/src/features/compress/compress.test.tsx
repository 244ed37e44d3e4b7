import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { fakeBackend } from "@/test/backend";
import { asAnnotator, project, run } from "@/test/cast";
import { renderPage } from "@/test/page";
import { CompressPage } from "./index";
import { options } from "./testing";

afterEach(() => vi.unstubAllGlobals());

const estimate = {
  seconds: { low: 120, high: 300 },
  disk_bytes: 2e8,
  free_bytes: 9e9,
  queue_position: 1,
  problems: [],
};

function open(search = "", more = {}) {
  const log = fakeBackend({
    "GET /api/projects/1/": { body: project },
    "GET /api/projects/1/versions/": { body: { results: [] } },
    "GET /api/projects/1/compress/options/": { body: options },
    "POST /api/projects/1/compress/estimate/": { body: estimate },
    "POST /api/projects/1/compress/": { status: 202, body: { ...run, id: 9, kind: "compress" } },
    ...more,
  });
  const page = renderPage(
    <CompressPage />,
    `/projects/1/models/compress${search}`,
    "/projects/:projectId/models/compress",
  );
  return { ...page, log };
}

it("five steps lead to one run, however often Start is pressed", async () => {
  const { log, router } = open();
  expect(await screen.findByText("120")).toBeTruthy();
  for (const title of ["Which model", "How it gets smaller", "What it must keep", "What will be done"]) {
    await userEvent.click(screen.getByRole("button", { name: "Next" }));
    expect(await screen.findByText(title)).toBeTruthy();
  }
  expect(await screen.findByText("2 min to 5 min")).toBeTruthy();
  expect(screen.getByText(/road v2 \(10.4 MB\) is compressed/)).toBeTruthy();
  await userEvent.dblClick(screen.getByRole("button", { name: "Start" }));
  await waitFor(() => expect(router.state.location.pathname).toBe("/projects/1/runs/9"));
  const sent = log.filter(({ method, path }) => method === "POST" && path === "/api/projects/1/compress/");
  expect(sent).toHaveLength(1);
  expect(sent[0]?.body).toMatchObject({
    source: { model_version_id: 11 },
    preset: "quick",
    targets: [],
  });
  expect(sent[0]?.headers["Idempotency-Key"]).toMatch(/^[0-9a-f-]{36}$/);
});

it("an own plan begins as the preset that was chosen, and is edited by keyboard", async () => {
  const { router } = open('?step=plan&draft={"preset":"smallest"}');
  await userEvent.click(await screen.findByRole("radio", { name: /Own plan/ }));
  const names = () => screen.getAllByRole("heading", { level: 3 }).map(({ textContent }) => textContent);
  expect(names()).toEqual(["Prune", "Quantize"]);
  screen.getByRole("button", { name: /^Step 1, Prune: move/ }).focus();
  await userEvent.keyboard("{ArrowDown}");
  expect(names()).toEqual(["Quantize", "Prune"]);
  expect(document.activeElement?.getAttribute("aria-label")).toMatch(/^Step 2, Prune/);
  expect(screen.getByText("Prune is now step 2 of 2.")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Take out step 1, Quantize" }));
  expect(names()).toEqual(["Prune"]);
  const amount = screen.getByLabelText("Share to remove");
  await userEvent.clear(amount);
  await userEvent.type(amount, "0.3");
  await waitFor(() => expect(router.state.location.search).toContain("0.3"));
});

it("what is wrong is listed with the way to it, and nothing is sent", async () => {
  const { log } = open('?step=review&draft={"preset":"own","sizeMb":"-2"}');
  const alert = await screen.findByRole("alert");
  expect(within(alert).getAllByRole("listitem")).toHaveLength(2);
  await userEvent.click(screen.getByRole("button", { name: /^Start \(2 things/ }));
  expect(log.every(({ method }) => method === "GET")).toBe(true);
  await userEvent.click(
    within(alert).getAllByRole("button", { name: "Go to Plan and budgets" })[0] as HTMLElement,
  );
  expect(await screen.findByText("How it gets smaller")).toBeTruthy();
});

it("the server's refusal of a field leads to its step", async () => {
  const refused = { code: "invalid", message: "no smaller than 1 MB", details: { field: "budgets.size_mb" } };
  open('?step=review&draft={"sizeMb":"0.1"}', {
    "POST /api/projects/1/compress/": { status: 422, body: refused },
  });
  await userEvent.click(await screen.findByRole("button", { name: "Start" }));
  expect(await screen.findByText(/no smaller than 1 MB/)).toBeTruthy();
  expect(screen.getByRole("button", { name: "Go to Plan and budgets" })).toBeTruthy();
});

it("an export that cannot be made says what to install", async () => {
  open("?step=gates");
  const coreml = await screen.findByRole("checkbox", { name: "Core ML" });
  expect((coreml as HTMLInputElement).disabled).toBe(true);
  expect(screen.getByText("pip install coremltools")).toBeTruthy();
});

it("who may not train is told so", async () => {
  open("", { "GET /api/projects/1/": { body: asAnnotator } });
  expect(await screen.findByText("You may not see this")).toBeTruthy();
});
