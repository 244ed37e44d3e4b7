import type { Crop } from "../masks/crop";
import type { Colour, Joined, MaskLook } from "../masks/jobs";
import type { MaskThread } from "../masks/maskThread";
import type { Rle } from "../masks/rle";
import { parseColour } from "./labels";
import type { StageHost } from "./layers";
import type { Shape } from "./shape";

/** A mask ready to be drawn and hit. */
export interface MaskArt extends Omit<MaskLook, "pixels"> {
  /** Its box filled with its colour where it is covered. */
  readonly bitmap: CanvasImageSource;
  readonly colour: string;
}

interface Entry {
  /** By colour: two regions may have the same pixels and different classes. */
  readonly arts: Map<string, MaskArt>;
  /** Colours that are on their way. */
  readonly wanted: Set<string>;
  /** A mask that cannot be read is asked for once. */
  broken: boolean;
}

/** Masks that are no longer shown are kept for undo, up to this many. */
const KEPT = 24;
/** A mask is kept in this many colours. */
const COLOURS = 8;

/** Decoded masks by their counts; what is missing is asked of the thread, and `ready` is called when it has come. */
export class MaskStore {
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly thread: MaskThread,
    private readonly host: StageHost,
    private readonly ready: () => void,
  ) {}

  /** What is known of the mask by now, if need be still in another colour. */
  look(rle: Rle, colour: string): MaskArt | null {
    const entry = this.entry(rle);
    const art = entry.arts.get(colour);
    if (art === undefined && !entry.wanted.has(colour) && !entry.broken) {
      entry.wanted.add(colour);
      void this.decode(rle, colour, entry);
    }
    return art ?? entry.arts.values().next().value ?? null;
  }

  private entry(rle: Rle): Entry {
    let entry = this.entries.get(rle.counts);
    if (entry === undefined) {
      entry = { arts: new Map(), wanted: new Set(), broken: false };
      this.entries.set(rle.counts, entry);
    }
    return entry;
  }

  private async decode(rle: Rle, colour: string, entry: Entry): Promise<void> {
    try {
      const look = await this.thread.run<"look">({ type: "look", rle, colour: parseColour(colour) });
      if (look === null) entry.broken = true;
      else this.put(entry, this.art(look, colour));
    } catch {
      entry.broken = true;
    }
    entry.wanted.delete(colour);
    this.ready();
  }

  private put(entry: Entry, art: MaskArt): void {
    const [oldest] = entry.arts.keys();
    if (entry.arts.size >= COLOURS && oldest !== undefined) entry.arts.delete(oldest);
    entry.arts.set(art.colour, art);
  }

  private art({ pixels, ...look }: MaskLook, colour: string): MaskArt {
    const bitmap = this.host.createCanvas();
    bitmap.width = pixels.width;
    bitmap.height = pixels.height;
    bitmap.getContext("2d")?.putImageData(this.host.imageData(pixels), 0, 0);
    return { ...look, bitmap, colour };
  }

  /** The mask with the stroke put to it or taken from it; drawn without a gap, since its picture comes with it. */
  async join(
    base: Rle | null,
    stroke: Crop,
    how: { size: Rle["size"]; erase: boolean; colour: string },
  ): Promise<Joined["rle"]> {
    const colour: Colour = parseColour(how.colour);
    const joined = await this.thread.run<"join">({ type: "join", base, stroke, how: { ...how, colour } }, [
      stroke.bits.buffer,
    ]);
    if (joined.rle !== null && joined.look !== null)
      this.put(this.entry(joined.rle), this.art(joined.look, how.colour));
    return joined.rle;
  }

  /** Forgets masks that are not shown, the oldest first. */
  keep(shapes: readonly Shape[]): void {
    if (this.entries.size <= KEPT) return;
    const shown = new Set<string>();
    for (const shape of shapes) if (shape.kind === "mask") shown.add(shape.rle.counts);
    for (const counts of [...this.entries.keys()]) {
      if (this.entries.size <= shown.size + KEPT) break;
      if (!shown.has(counts)) this.entries.delete(counts);
    }
  }

  destroy(): void {
    this.thread.stop();
    this.entries.clear();
  }
}
