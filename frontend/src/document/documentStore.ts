import { apply, create, type Patches } from "mutative";
import { createStore, type StoreApi } from "zustand/vanilla";
import type { DraftDoc, Edit } from "./edits";
import { type Doc, emptyDoc } from "./region";

interface Step {
  readonly name: string;
  readonly forward: Patches;
  readonly backward: Patches;
  readonly selectedBefore: string | null;
  readonly selectedAfter: string | null;
  /** Steps with the same key within a second are undone as one: forty nudges are one move. */
  readonly joinKey: string | null;
  readonly at: number;
}

export interface DocumentState {
  readonly doc: Doc;
  readonly selectedId: string | null;
  readonly past: readonly Step[];
  readonly future: readonly Step[];
  /** Grows with every change, undo and redo included; the outbox saves when it has grown. */
  readonly changes: number;
}

export interface Change {
  readonly name: string;
  readonly edit: Edit;
  /** What is selected afterwards; left out, the selection stays where it still exists. */
  readonly select?: string | null;
  readonly joinKey?: string;
}

const JOIN_MS = 1000;
const HISTORY_LIMIT = 500;

/** The one place where the document changes: each change is a pair of patches, so undo, redo and diff come for free. */
export class DocumentStore {
  readonly store: StoreApi<DocumentState>;

  constructor(private readonly now: () => number = Date.now) {
    this.store = createStore<DocumentState>(() => ({
      doc: emptyDoc(1, 1),
      selectedId: null,
      past: [],
      future: [],
      changes: 0,
    }));
  }

  get state(): DocumentState {
    return this.store.getState();
  }

  get doc(): Doc {
    return this.state.doc;
  }

  load(doc: Doc, selectedId: string | null = null): void {
    this.store.setState({ doc, selectedId, past: [], future: [], changes: 0 });
  }

  select(id: string | null): void {
    const known = id !== null && this.doc.regions[id] !== undefined ? id : null;
    if (known !== this.state.selectedId) this.store.setState({ selectedId: known });
  }

  /** Makes one undoable step; false when the edit changed nothing. */
  change({ name, edit, select, joinKey }: Change): boolean {
    const { doc, selectedId, past, changes } = this.state;
    const [next, forward, backward] = create(doc, (draft) => edit(draft as DraftDoc), {
      enablePatches: true,
    });
    if (forward.length === 0) {
      if (select !== undefined) this.select(select);
      return false;
    }
    const wanted = select === undefined ? selectedId : select;
    const selectedAfter = wanted !== null && next.regions[wanted] !== undefined ? wanted : null;
    const step: Step = {
      name,
      forward,
      backward,
      selectedBefore: selectedId,
      selectedAfter,
      joinKey: joinKey ?? null,
      at: this.now(),
    };
    this.store.setState({
      doc: next,
      selectedId: selectedAfter,
      past: joined(past, step),
      future: [],
      changes: changes + 1,
    });
    return true;
  }

  undo(): string | null {
    const { doc, past, future, changes } = this.state;
    const step = past.at(-1);
    if (step === undefined) return null;
    this.store.setState({
      doc: apply(doc, step.backward),
      selectedId: step.selectedBefore,
      past: past.slice(0, -1),
      future: [...future, step],
      changes: changes + 1,
    });
    return step.name;
  }

  redo(): string | null {
    const { doc, past, future, changes } = this.state;
    const step = future.at(-1);
    if (step === undefined) return null;
    this.store.setState({
      doc: apply(doc, step.forward),
      selectedId: step.selectedAfter,
      past: [...past, step],
      future: future.slice(0, -1),
      changes: changes + 1,
    });
    return step.name;
  }
}

function joined(past: readonly Step[], step: Step): Step[] {
  const last = past.at(-1);
  if (last?.joinKey != null && last.joinKey === step.joinKey && step.at - last.at <= JOIN_MS) {
    const one: Step = {
      ...step,
      forward: [...last.forward, ...step.forward],
      backward: [...step.backward, ...last.backward],
      selectedBefore: last.selectedBefore,
    };
    return [...past.slice(0, -1), one];
  }
  return [...past, step].slice(-HISTORY_LIMIT);
}
