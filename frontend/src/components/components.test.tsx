import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { ApiError } from "@/lib/api";
import { run } from "@/test/cast";
import { Button } from "./Button";
import { Dialog } from "./Dialog";
import { Field, FormError, Input } from "./Field";
import { ImportReport } from "./ImportReport";
import { Progress } from "./Progress";
import { RunBadge } from "./RunStatus";
import { ErrorState } from "./States";
import { Toaster, toast } from "./Toast";

it("a button that is off for a reason can be reached, says why, and does nothing", async () => {
  const onClick = vi.fn();
  render(
    <Button reason="Nothing waits." onClick={onClick}>
      Start
    </Button>,
  );
  const button = screen.getByRole("button", { name: "Start (Nothing waits.)" });
  button.focus();
  expect(document.activeElement).toBe(button);
  await userEvent.click(button);
  expect(onClick).not.toHaveBeenCalled();
});

it("a submit button that is off for a reason does not submit", async () => {
  const onSubmit = vi.fn((event: React.FormEvent) => event.preventDefault());
  render(
    <form onSubmit={onSubmit}>
      <Button type="submit" reason="Choose a file.">
        Send
      </Button>
    </form>,
  );
  await userEvent.click(screen.getByRole("button"));
  expect(onSubmit).not.toHaveBeenCalled();
});

it("progress of an unknown length claims no percentage, a known one tells what is left", () => {
  const { rerender } = render(<Progress label="Reading" done={3} total={0} />);
  expect(screen.getByRole("progressbar").getAttribute("aria-valuenow")).toBeNull();
  rerender(<Progress label="Reading" done={30} total={120} eta_s={95} />);
  expect(screen.getByRole("progressbar").getAttribute("aria-valuenow")).toBe("25");
  expect(screen.getByText("30 of 120 (25%)")).toBeTruthy();
  expect(screen.getByText("about 1 min 35 sec left")).toBeTruthy();
});

it("a field ties its label and its error to the control", () => {
  render(
    <Field label="Name" error="Too long.">
      {(field) => <Input {...field} />}
    </Field>,
  );
  const input = screen.getByLabelText("Name");
  expect(input.getAttribute("aria-invalid")).toBe("true");
  expect(document.getElementById(input.getAttribute("aria-describedby") ?? "")?.textContent).toBe(
    "Too long.",
  );
});

it("a form shows what the server says of each field", () => {
  const details = { fields: { name: [{ message: "This field is required.", code: "required" }] } };
  render(<FormError error={new ApiError(400, "invalid", "some fields are not right", details)} />);
  expect(screen.getByRole("alert").textContent).toBe("name: This field is required.");
});

it("a refusal for the role offers no retry, a broken server does", async () => {
  const retry = vi.fn();
  const { rerender } = render(<ErrorState error={new ApiError(403, "forbidden", "no")} onRetry={retry} />);
  expect(screen.queryByRole("button")).toBeNull();
  rerender(<ErrorState error={new ApiError(500, "internal", "broken")} onRetry={retry} />);
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(retry).toHaveBeenCalledOnce();
});

it("a locked dialog stays open on Escape, an open one closes", async () => {
  const close = vi.fn();
  const { rerender } = render(
    <Dialog open locked onOpenChange={close} title="Log in">
      <input aria-label="password" />
    </Dialog>,
  );
  await userEvent.keyboard("{Escape}");
  expect(close).not.toHaveBeenCalled();
  rerender(
    <Dialog open onOpenChange={close} title="Log in">
      <input aria-label="password" />
    </Dialog>,
  );
  await userEvent.keyboard("{Escape}");
  expect(close).toHaveBeenCalledWith(false);
});

it("a toast undoes once and goes away", async () => {
  const undo = vi.fn();
  render(<Toaster />);
  toast({ message: "Archived car.", undo });
  await userEvent.click(await screen.findByRole("button", { name: "Undo" }));
  expect(undo).toHaveBeenCalledOnce();
  expect(screen.queryByText("Archived car.")).toBeNull();
});

it("an import report lists what was refused by file, line and reason, and counts what the list leaves out", () => {
  const refusals = [
    { path: "a.xml", line: 41, field: "bndbox", code: "zero_area", reason: "the box has no area" },
  ];
  render(<ImportReport result={{ items: 3, boxes_read: 9, refused: 1200, refusals, notices: [] }} />);
  expect(screen.getByText("1,200 refused")).toBeTruthy();
  const cells = screen.getAllByRole("cell").map((cell) => cell.textContent);
  expect(cells).toEqual(["a.xml", "41", "the box has no area (bndbox)"]);
});

it("a run that was asked to stop says so until it has", () => {
  const { rerender } = render(<RunBadge run={{ ...run, cancel_requested: true }} />);
  expect(screen.getByText("Stopping")).toBeTruthy();
  rerender(<RunBadge run={{ ...run, cancel_requested: true, state: "cancelled" }} />);
  expect(screen.getByText("Cancelled")).toBeTruthy();
});
