import { toDraft } from "@/document/annotation";
import { mapClasses, onEach } from "@/document/bulkEdits";
import { replaceWith } from "@/document/edits";
import { docFromWork } from "@/document/loadWork";
import type { Conflict } from "@/document/merge";
import { changeCount, type JoinedWork, mergeWork } from "@/document/mergeWork";
import { type Choice, settleConflict } from "@/document/settle";
import { asApiError, type SuggestedWork, type Work } from "@/lib/api";
import type { Entry } from "@/outbox/entry";
import type { Outcome } from "../api/workApi";
import { AssistDesk } from "./assistDesk";
import { baseOf } from "./keptEntries";
import { say } from "./say";

/** Where the work of two people meets on one item. */
export abstract class MergeDesk extends AssistDesk {
  /** Suggestions by the steps that took them over, and those whose step was undone; both end with the last one. */
  private readonly taken: SuggestedWork[] = [];
  private readonly givenBack: SuggestedWork[] = [];
  private telling: Promise<void> = Promise.resolve();
  /** The item in hand is known in a newer state. */
  protected abstract joined(work: Work): void;

  /** Shows what both sides changed beside each other; what is not settled stays to be checked. */
  protected askAbout(conflicts: readonly Conflict[]): void {
    this.view.setState({ conflicts });
    if (conflicts.length > 0 && !this.single && !this.locked) this.openDialog("conflict");
  }

  private replace(name: string, work: Work, { document, conflicts }: JoinedWork): boolean {
    const needsCheck = new Set(conflicts);
    const doc = docFromWork(work, this.state.thresholds, { local: document, needsCheck });
    const changed = this.document.change({ name, edit: replaceWith(doc) });
    this.show(this.unchecked()[0]);
    return changed;
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

  // Suggestions

  /** What a suggestion began with. Made on an older revision, its base is unknown here: then what the model guessed. */
  private baseOfSuggestion(work: Work, { base_revision }: SuggestedWork): Entry["base"] {
    return baseOf(work.annotation?.revision === base_revision ? work : { ...work, annotation: null });
  }

  /** The list of them is beside the picture, where the eye is not when an item opens. */
  protected announceSuggestions(): void {
    const [first, ...more] = this.state.suggestions;
    if (first === undefined) return;
    const text =
      more.length === 0
        ? say("conflict:suggestion.title", { name: first.author })
        : say("conflict:suggestion.many", { count: more.length + 1 });
    this.note(text, { tone: "ask" });
  }

  /** In how many regions it differs from what it began with. */
  changesOf(suggestion: SuggestedWork): number {
    const { work } = this.state;
    return work === null ? 0 : changeCount(this.baseOfSuggestion(work, suggestion), suggestion.document);
  }

  /** Joins what somebody else would have handed in with what is on the desk, and tells the server so. */
  takeSuggestion(id: number): void {
    const { work, suggestions } = this.state;
    const found = suggestions.find((one) => one.id === id);
    if (work === null || found === undefined || this.locked) return;
    const joined = mergeWork(this.baseOfSuggestion(work, found), toDraft(this.document.doc), found.document);
    const changed = this.replace("takeSuggestion", work, joined);
    this.note(say("conflict:suggestion.taken", { name: found.author }), { undo: changed });
    this.askAbout(joined.pairs);
    if (changed) {
      this.taken.push(found);
      this.givenBack.length = 0;
    }
    this.view.setState({ suggestions: suggestions.filter((one) => one !== found) });
    this.tell(id, "taken");
  }

  /** Undone, a suggestion that was taken over is there again; done again, it is not. */
  protected override stepTaken(name: string, how: "undone" | "redone"): void {
    if (name !== "takeSuggestion") return;
    const [from, to] = how === "undone" ? [this.taken, this.givenBack] : [this.givenBack, this.taken];
    const found = from.pop();
    if (found === undefined) return;
    to.push(found);
    const others = this.state.suggestions.filter((one) => one.id !== found.id);
    this.view.setState({ suggestions: how === "undone" ? [...others, found] : others });
    this.tell(found.id, how === "undone" ? "open" : "taken");
  }

  /** Puts a suggestion aside, or brings it back for as long as the item is open. */
  dismissSuggestion(id: number, aside = true): void {
    const putAside = new Set(this.state.putAside);
    if (aside) putAside.add(id);
    else putAside.delete(id);
    this.view.setState({ putAside });
    this.tell(id, aside ? "dismissed" : "open");
  }

  /** One after the other: an undo must not overtake what it takes back. */
  private tell(id: number, outcome: Outcome): void {
    this.telling = this.telling.then(() => this.tellNow(id, outcome));
  }

  private async tellNow(id: number, outcome: Outcome): Promise<void> {
    try {
      await this.api.tellSuggestion(id, outcome);
    } catch (error) {
      const failure = asApiError(error);
      // Somebody was quicker: it is closed all the same.
      if (failure.status === 409 && outcome !== "open") return;
      const { putAside } = this.state;
      if (outcome === "dismissed")
        this.view.setState({ putAside: new Set([...putAside].filter((one) => one !== id)) });
      this.note(say("conflict:suggestion.not_closed", { message: failure.message }), { tone: "ask" });
    }
  }

  /** Gives regions whose class is gone another class. */
  mapClasses(to: ReadonlyMap<number, number>): void {
    if (to.size > 0) this.change("mapClasses", mapClasses(to));
    this.closeDialog();
  }
}
