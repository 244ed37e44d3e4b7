import { act, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { api } from "@/lib/api";
import { fakeBackend } from "@/test/backend";
import { anonymous, session } from "@/test/cast";
import { renderPage } from "@/test/page";
import { useExpiry } from "./expiry";
import { LogInDialog, LogInPage } from "./index";

afterEach(() => {
  act(() => useExpiry.getState().set(false));
  vi.unstubAllGlobals();
});

it("the demo's log-in is shown when the server names it, and one click uses it", async () => {
  const log = fakeBackend({
    "GET /api/session/": { body: anonymous },
    "POST /api/session/": { body: session },
  });
  const { router } = renderPage(<LogInPage />, "/login?next=%2Fprojects%2F1", "/login");
  await userEvent.click(await screen.findByRole("button", { name: "Use it" }));
  await waitFor(() => expect(router.state.location.pathname).toBe("/projects/1"));
  expect(log.find(({ method }) => method === "POST")?.body).toEqual(anonymous.demo);
});

it("a wrong password is told and what was typed stays", async () => {
  const refusal = { code: "wrong_credentials", message: "e-mail address or password is wrong", details: {} };
  fakeBackend({
    "GET /api/session/": { body: { ...anonymous, demo: null } },
    "POST /api/session/": { status: 400, body: refusal },
  });
  renderPage(<LogInPage />, "/login", "/login");
  await userEvent.type(await screen.findByLabelText("E-mail"), "alice@example.org");
  await userEvent.type(screen.getByLabelText("Password"), "chaff{Enter}");
  expect((await screen.findByRole("alert")).textContent).toBe(refusal.message);
  expect(screen.getByLabelText<HTMLInputElement>("E-mail").value).toBe("alice@example.org");
});

it("log-in never leads to another site", async () => {
  fakeBackend({ "GET /api/session/": { body: session } });
  const { router } = renderPage(<LogInPage />, "/login?next=%2F%2Fevil.example", "/login");
  await waitFor(() => expect(router.state.location.pathname).toBe("/projects"));
});

it("when the session ends, the dialog stands over the page and what was typed there stays", async () => {
  fakeBackend({
    "GET /api/session/": { body: session },
    "POST /api/session/": { body: session },
    "GET /api/x/": { status: 401, body: { code: "not_authenticated", message: "", details: {} } },
  });
  renderPage(
    <>
      <input aria-label="work" defaultValue="unsaved" />
      <LogInDialog />
    </>,
  );
  await act(() => api.get("/api/x/").catch(() => undefined));
  await screen.findByRole("dialog", { name: "Log in to go on" });
  await waitFor(() =>
    expect(screen.getByLabelText<HTMLInputElement>("E-mail").value).toBe("alice@example.org"),
  );
  await userEvent.type(screen.getByLabelText("Password"), "grain{Enter}");
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(screen.getByLabelText<HTMLInputElement>("work").value).toBe("unsaved");
});
