import { toDraft } from "@/document/annotation";
import { mapClasses, onEach } from "@/document/bulkEdits";
import { replaceWith } from "@/document/edits";
import { docFromWork } from "@/document/loadWork";
import type { Conflict } from "@/document/merge";
import { type JoinedWork, mergeWork } from "@/document/mergeWork";
import { type Choice, settleConflict } from "@/document/settle";
import { asApiError, type Work } from "@/lib/api";
import type { Entry } from "@/outbox/entry";
import type { WorkApi } from "../api/workApi";
import { AreaDesk } from "./areaDesk";
import { baseOf } from "./keptEntries";
import { say } from "./say";

/** Where the work of two people meets on one item. */
export abstract class MergeDesk extends AreaDesk {
  protected abstract readonly api: WorkApi;
  /** The item in hand is known in a newer state. */
  protected abstract joined(work: Work): void;

  /** Shows what both sides changed beside each other; what is not settled stays to be checked. */
  protected askAbout(conflicts: readonly Conflict[]): void {
    this.view.setState({ conflicts });
    if (conflicts.length > 0 && !this.single && !this.locked) this.openDialog("conflict");
  }

  private replace(name: string, work: Work, { document, conflicts }: JoinedWork): void {
    const needsCheck = new Set(conflicts);
    const doc = docFromWork(work, this.state.thresholds, { local: document, needsCheck });
    this.document.change({ name, edit: replaceWith(doc) });
    this.show(this.unchecked()[0]);
  }

  /** Joins what the server holds now with what is on the desk, as one step that can be undone. */
  protected join(work: Work, base: Entry["base"]): number {
    const theirs = { objects: work.annotation?.objects ?? [] };
    const joined = mergeWork(base, toDraft(this.document.doc), theirs);
    const count = joined.conflicts.length;
    this.view.setState({ work, leaseLost: work.lease === null, readOnly: work.lease === null });
    this.joined(work);
    this.replace("merge", work, joined);
    this.note(count === 0 ? say("note.merged") : say("note.merged_check", { count }), { tone: "ask" });
    this.askAbout(joined.pairs);
    return count;
  }

  /** One step for all of them. Those kept twice stay to be checked. */
  settleConflicts(choices: ReadonlyMap<string, Choice>): void {
    const { conflicts } = this.state;
    const byId = new Map(conflicts.map((conflict) => [conflict.id, conflict]));
    const edit = onEach([...byId.keys()], (id) => {
      const conflict = byId.get(id);
      return conflict === undefined ? () => {} : settleConflict(conflict, choices.get(id) ?? "both");
    });
    this.change("settleConflicts", edit);
    this.view.setState({ conflicts: [] });
    this.closeDialog();
    const left = this.unchecked();
    this.show(left[0]);
    if (left.length > 0) this.note(say("submit.to_check", { count: left.length }));
  }

  /** Joins what somebody else would have handed in with what is on the desk, and tells the server so. */
  takeSuggestion(id: number): void {
    const { work, suggestions } = this.state;
    const found = suggestions.find((one) => one.id === id);
    if (work === null || found === undefined || this.locked) return;
    // Made on an older revision, its base is unknown here; the guesses are then what both sides have in common.
    const seen = work.annotation?.revision === found.base_revision;
    const base = seen ? baseOf(work) : baseOf({ ...work, annotation: null });
    const joined = mergeWork(base, toDraft(this.document.doc), found.document);
    this.replace("takeSuggestion", work, joined);
    this.note(say("conflict:suggestion.taken", { name: found.author }), { undo: true });
    this.askAbout(joined.pairs);
    void this.closeSuggestion(id, "taken");
  }

  dismissSuggestion(id: number): void {
    void this.closeSuggestion(id, "dismissed");
  }

  private async closeSuggestion(id: number, outcome: "taken" | "dismissed"): Promise<void> {
    const before = this.state.suggestions;
    this.view.setState({ suggestions: before.filter((one) => one.id !== id) });
    try {
      await this.api.closeSuggestion(id, outcome);
    } catch (error) {
      const failure = asApiError(error);
      // Somebody was quicker: it is closed all the same.
      if (failure.status === 409) return;
      if (outcome === "dismissed") this.view.setState({ suggestions: before });
      this.note(say("conflict:suggestion.not_closed", { message: failure.message }), { tone: "ask" });
    }
  }

  /** Gives regions whose class is gone another class. */
  mapClasses(to: ReadonlyMap<number, number>): void {
    if (to.size > 0) this.change("mapClasses", mapClasses(to));
    this.closeDialog();
  }
}
