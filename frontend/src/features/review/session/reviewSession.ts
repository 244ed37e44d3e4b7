import type { CommandContext, EditorSlug } from "@/commands/command";
import { toAnnotation, toDraft } from "@/document/annotation";
import { docFromWork } from "@/document/loadWork";
import { emptyDoc } from "@/document/region";
import { EDITORS } from "@/editors";
import { asApiError, type NothingLeft, type Project, type Work } from "@/lib/api";
import type { DecisionKind, DecisionParts, Entry, NewEntry, PinnedRegion } from "@/outbox/entry";
import type { Outbox } from "@/outbox/outbox";
import { hasItem, type WorkApi } from "../api/workApi";
import { ActiveTime } from "./activity";
import { Heartbeat } from "./heartbeat";
import { again, baseOf, entryOf, resumed, stuckText } from "./keptEntries";
import { MergeDesk } from "./mergeDesk";
import { PictureLoad } from "./pictureLoad";
import { Pictures } from "./pictures";
import { freshItem } from "./reviewView";
import { say } from "./say";
import { TabLocks } from "./tabLocks";
import { Trail } from "./trail";
import { WorkQueue } from "./workQueue";

interface Parts {
  readonly project: Project;
  readonly api: WorkApi;
  readonly outbox: Outbox;
  readonly pictures?: Pictures;
  /** Called when another item is opened, for the address of the page. */
  readonly onItem?: (itemId: number | null) => void;
}

/** One sitting of one person: which item is in hand, where it came from, and how its work gets away. */
export class ReviewSession extends MergeDesk implements CommandContext {
  readonly outbox: Outbox;
  protected readonly api: WorkApi;
  private readonly locks: TabLocks;
  private readonly queue: WorkQueue;
  private readonly heartbeat: Heartbeat;
  private readonly loader: PictureLoad;
  private readonly time = new ActiveTime();
  private readonly onItem: (itemId: number | null) => void;
  readonly trail = new Trail();
  private busy = false;
  private seenChanges = 0;
  private readonly release: (() => void)[] = [];

  constructor({ project, api, outbox, pictures = new Pictures(), onItem = () => {} }: Parts) {
    super(project);
    this.api = api;
    this.outbox = outbox;
    this.onItem = onItem;
    this.locks = new TabLocks(outbox.owner, (itemId) => this.takenOver(itemId));
    this.queue = new WorkQueue({
      locks: this.locks,
      projectId: project.id,
      api,
      pictures,
      decided: () => this.decided(),
      answered: () => this.state.done - this.outbox.answers,
    });
    this.loader = new PictureLoad(this.view, pictures);
    this.heartbeat = new Heartbeat({
      api,
      leases: () => this.leases(),
      idleMs: () => this.time.idleMs,
      lost: (itemId) => this.lostLease(itemId),
    });
  }

  start(itemId: number | null): void {
    this.outbox.listener = {
      stuck: (entry) => this.told(entry),
      leaseLost: (id) => this.lostLease(id),
      stale: (entry, work) => this.takeOver(entry, work),
    };
    this.release.push(this.document.store.subscribe(() => this.documentChanged()));
    this.heartbeat.start();
    const leaving = () => this.giveBack();
    window.addEventListener("pagehide", leaving);
    this.release.push(() => window.removeEventListener("pagehide", leaving));
    if (itemId === null) void this.next();
    else void this.reopen(itemId);
  }

  stop(): void {
    this.heartbeat.stop();
    this.stopReshaping();
    this.loader.cancel();
    for (const stop of this.release.splice(0)) stop();
    this.outbox.listener = {};
    this.giveBack();
    this.locks.dropAll();
  }

  /** What is held ahead goes back to the others; the item in hand stays ours until its lease runs out. */
  private giveBack(): void {
    for (const work of this.queue.empty()) {
      if (work.lease !== null) this.api.releaseLease(work.item.id, work.lease.token).catch(() => {});
    }
  }

  /** Any key or pointer of the person counts as work. */
  acted(): void {
    if (this.time.idleMs > 60_000) void this.heartbeat.beat();
    this.time.act();
  }

  private decided(): number[] {
    return this.outbox.entries.filter((entry) => entry.kind !== "draft").map((entry) => entry.itemId);
  }

  private leases() {
    const current = this.state.work === null || this.state.leaseLost ? [] : [this.state.work];
    return [...current, ...this.queue.leased].flatMap((work) =>
      work.lease === null ? [] : [{ itemId: work.item.id, token: work.lease.token }],
    );
  }

  // Opening

  private open(
    work: Work,
    { held = null, elsewhere = false }: { held?: Entry | null; elsewhere?: boolean } = {},
  ): void {
    const { id } = work.item;
    const left = this.state.itemId;
    if (left !== null && left !== id) this.locks.drop(left);
    this.queue.opened(id);
    this.trail.opened(work);
    const kept = held ?? this.outbox.entryOf(id);
    const { local, needsCheck, final, conflicts } = resumed(work, kept);
    this.document.load(docFromWork(work, this.state.thresholds, { local, needsCheck, final }));
    this.seenChanges = 0;
    const leaseLost = work.lease === null;
    this.view.setState({
      phase: "working",
      work,
      itemId: id,
      itemName: work.item.name,
      leaseLost,
      elsewhere,
      readOnly: leaseLost || elsewhere,
      asked: false,
      ...freshItem(work),
      position: this.trail.position,
      total: Math.max(this.queue.answeredBefore(work) + work.queue.remaining, this.trail.position),
    });
    this.time.start();
    this.loader.start(work);
    this.show(this.unchecked()[0]);
    this.onItem(id);
    // What was taken out of the outbox goes back into it at once, under the new lease.
    if (local !== null && !leaseLost && !elsewhere) this.keepDraft();
    if (local !== null || work.draft !== null) this.note(say("note.picked_up"));
    this.announceSuggestions();
    this.askAbout(conflicts);
    void this.queue.prefetch();
  }

  /** The next item of the queue. */
  async next(): Promise<void> {
    this.loader.cancel();
    try {
      // What was fetched ahead is there within this turn: the page never shows a spinner for it.
      const waiting = window.setTimeout(() => this.clear("opening"), 120);
      const answer = await this.queue.take().finally(() => window.clearTimeout(waiting));
      if (hasItem(answer)) this.open(answer);
      else this.nothingLeft(answer);
    } catch (error) {
      this.clear("failed");
      this.view.setState({ problem: asApiError(error).message });
    }
  }

  private nothingLeft(answer: NothingLeft): void {
    this.clear("empty");
    this.view.setState({ doneByMe: answer.done_by_me ?? null });
    this.onItem(null);
  }

  /** No item is in hand. */
  private clear(phase: "opening" | "failed" | "empty"): void {
    this.document.load(emptyDoc(1, 1));
    this.view.setState({ phase, work: null, itemId: null, itemName: "", picture: null });
  }

  /** Opens an item by its id, one of this sitting or any other; a decision not yet sent is taken back. */
  async reopen(itemId: number): Promise<boolean> {
    const before = this.state.phase;
    const held = await this.outbox.withdraw(itemId);
    if (held === null) await this.outbox.settled(itemId);
    try {
      const work = await this.api.open(itemId);
      this.open(work, { held, elsewhere: !(await this.locks.take(itemId)) });
      return true;
    } catch (error) {
      const failure = asApiError(error);
      const known = this.trail.known(itemId);
      if (failure.transient && known !== null && held !== null) {
        this.open(known, { held, elsewhere: !(await this.locks.take(itemId)) });
        return true;
      }
      if (held !== null) await this.outbox.submit(again(held));
      if (before === "opening") this.view.setState({ phase: "failed", problem: failure.message });
      else this.note(say("note.open_failed", { message: failure.message }), { tone: "ask" });
      return false;
    }
  }

  /** Another tab took the item in hand, or one held ahead. */
  private takenOver(itemId: number): void {
    this.queue.drop(itemId);
    if (itemId === this.state.itemId) this.view.setState({ elsewhere: true, readOnly: true });
  }

  /** Works on here what is open in another tab. */
  takeOverTab(): void {
    const { itemId } = this.state;
    if (itemId === null) return;
    void this.once(async () => {
      await this.locks.take(itemId, true);
      await this.reopen(itemId);
    });
  }

  previousItem(): void {
    this.visit(this.trail.before(this.state.phase === "empty"), "note.no_previous");
  }

  nextItem(): void {
    this.visit(this.trail.after, "note.no_next");
  }

  private visit(itemId: number | null, otherwise: string): void {
    if (itemId === null) this.note(say(otherwise));
    else this.afterStrokes(() => void this.once(() => this.reopen(itemId)));
  }

  /** Ignores what is pressed again while the first press is still at work. */
  private async once(action: () => Promise<unknown>): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      await action();
    } finally {
      this.busy = false;
    }
  }

  // Saving

  private entry(more: DecisionParts = {}): NewEntry | null {
    const { work } = this.state;
    return work === null ? null : entryOf(this.project.id, work, this.time.durationMs, more);
  }

  private documentChanged(): void {
    const { changes } = this.document.state;
    if (changes === this.seenChanges) return;
    this.seenChanges = changes;
    if (changes === 0 || this.state.leaseLost) return;
    if (this.state.asked) this.view.setState({ asked: false });
    this.keepDraft();
  }

  /** What is done so far: nothing for an image without a class, since the server takes no empty answer. */
  private draft(): DecisionParts {
    const document = toDraft(this.document.doc);
    return this.single && document.objects.length === 0 ? {} : { document };
  }

  private keepDraft(): void {
    const draft = this.entry(this.draft());
    if (draft?.document !== undefined) void this.outbox.saveDraft(draft);
  }

  /** A polygon on its way is closed first: what is handed in must hold it. */
  submit(): void {
    if (!this.toolKey("Enter")) this.afterStrokes(() => void this.once(() => this.submitNow()));
  }

  private async submitNow(): Promise<void> {
    if (this.locked || this.state.image.name !== "ready") return;
    const { thresholds } = this.state;
    const editor = EDITORS[this.project.task_type as EditorSlug];
    const missing = editor.missing(this.document.doc, thresholds);
    if (missing !== null) return this.note(say(missing), { tone: "ask" });
    if (editor.asksUnchecked && this.pointsOut()) return;
    await this.leave("submit", { document: toAnnotation(this.document.doc, thresholds) });
  }

  skip(reason: string): void {
    this.passOver("skip", { reason });
  }

  report(reason: string, region: PinnedRegion | null = null): void {
    this.passOver("report", { reason, region });
  }

  postpone(): void {
    this.afterStrokes(() => {
      // It takes the place of a draft that waits to be sent, so it must carry what that holds.
      const unsent = this.document.state.changes > 0 || this.outbox.entryOf(this.state.itemId ?? 0) !== null;
      if (!this.locked) this.passOver("postpone", unsent ? this.draft() : {});
    });
  }

  private passOver(how: Exclude<DecisionKind, "submit">, more: DecisionParts): void {
    this.closeDialog();
    const done = say(`${how}.done`, { name: this.state.itemName });
    void this.once(async () => {
      await this.leave(how, more);
      this.note(done);
    });
  }

  /** Hands the item's decision to the outbox and goes on: to the one left behind for a look back, else to the next. */
  private async leave(how: DecisionKind, more: DecisionParts): Promise<void> {
    const entry = this.entry(more);
    if (entry === null) return;
    await this.outbox[how](entry);
    const forward = this.trail.leftBehind;
    if (how === "postpone") this.trail.forget(entry.itemId);
    const counts = forward === null && how !== "postpone";
    this.view.setState({ done: this.state.done + (counts ? 1 : 0), asked: false });
    if (forward === null || !(await this.reopen(forward))) await this.next();
  }

  // When the server says no

  private told(entry: Entry): void {
    if (entry.itemId !== this.state.itemId || entry.status === "refused")
      this.note(stuckText(entry), { tone: "ask" });
  }

  private lostLease(itemId: number): void {
    this.queue.drop(itemId);
    if (itemId === this.state.itemId) this.view.setState({ leaseLost: true, readOnly: true });
  }

  /** The item in hand changed on the server: join both works where they are, as one step that can be undone. */
  private takeOver(entry: Entry, work: Work): boolean {
    if (entry.itemId !== this.state.itemId) return false;
    this.join(work, entry.base);
    return true;
  }

  protected joined(work: Work): void {
    this.trail.opened(work);
  }

  /** After a lost lease: opens the item again, joins what came in between, and submits if nobody needs to look. */
  sendMyChanges(): void {
    void this.once(async () => {
      const { work } = this.state;
      if (work === null) return;
      try {
        const fresh = await this.api.open(work.item.id);
        const moved = fresh.item.revision !== work.item.revision;
        const conflicts = moved ? this.join(fresh, baseOf(work)) : 0;
        this.view.setState({ work: fresh, leaseLost: fresh.lease === null, readOnly: fresh.lease === null });
        if (fresh.lease === null || conflicts > 0) return;
        if (!this.state.submitUnchecked && this.pointsOut()) return;
        await this.leave("submit", { document: toAnnotation(this.document.doc, this.state.thresholds) });
      } catch (error) {
        this.note(say("note.open_failed", { message: asApiError(error).message }), { tone: "ask" });
      }
    });
  }

  /** Hands what was done to whoever has the item now, and goes on. It is kept here until the server has it. */
  suggestMyChanges(): void {
    void this.once(async () => {
      const entry = this.entry({ document: toDraft(this.document.doc) });
      if (entry === null) return;
      try {
        await this.outbox.saveDraft(entry);
        await this.outbox.suggest(entry.itemId);
      } catch (error) {
        this.note(say("conflict:suggestion.not_sent", { message: asApiError(error).message }), {
          tone: "ask",
        });
        return;
      }
      await this.next();
      this.note(say("conflict:suggestion.sent", { name: entry.itemName }));
    });
  }

  /** Leaves an item that somebody else has now; what was done stays in the outbox. */
  leaveItem(): void {
    void this.once(() => this.next());
  }

  retryPicture(): void {
    if (this.state.work !== null) this.loader.start(this.state.work);
  }
}
