import { acceptAll } from "./acceptAll";
import { acceptRegion } from "./acceptRegion";
import { boxTool } from "./boxTool";
import { bringToFront } from "./bringToFront";
import { brushTool } from "./brushTool";
import { cancel } from "./cancel";
import type { Command } from "./command";
import { correctInstead } from "./correctInstead";
import { cutOutTool } from "./cutOutTool";
import { cyclePart } from "./cyclePart";
import { endsOfGrid } from "./endsOfGrid";
import { extendInGrid } from "./extendInGrid";
import { fitImage } from "./fitImage";
import { holdPan } from "./holdPan";
import { labelAlike } from "./labelAlike";
import { largerBrush } from "./largerBrush";
import { lowerThreshold } from "./lowerThreshold";
import { maskToPolygon } from "./maskToPolygon";
import { moveInGrid } from "./moveInGrid";
import { nextItem } from "./nextItem";
import { nextRegion } from "./nextRegion";
import { nextUnchecked } from "./nextUnchecked";
import { nothingHere } from "./nothingHere";
import { nudgeRegion } from "./nudgeRegion";
import { nudgeRegionFar } from "./nudgeRegionFar";
import { openPalette } from "./openPalette";
import { polygonToMask } from "./polygonToMask";
import { polygonTool } from "./polygonTool";
import { postponeItem } from "./postponeItem";
import { previousItem } from "./previousItem";
import { previousRegion } from "./previousRegion";
import { previousUnchecked } from "./previousUnchecked";
import { raiseThreshold } from "./raiseThreshold";
import { redo } from "./redo";
import { rejectRegion } from "./rejectRegion";
import { reportItem } from "./reportItem";
import { restoreRegion } from "./restoreRegion";
import { searchClass } from "./searchClass";
import { selectTool } from "./selectTool";
import { sendToBack } from "./sendToBack";
import { setClass } from "./setClass";
import { showGhost } from "./showGhost";
import { showShortcuts } from "./showShortcuts";
import { simplifyPolygon } from "./simplifyPolygon";
import { skipItem } from "./skipItem";
import { smallerBrush } from "./smallerBrush";
import { submit } from "./submit";
import { switchOrder } from "./switchOrder";
import { toggleDiff } from "./toggleDiff";
import { toggleLabels } from "./toggleLabels";
import { togglePick } from "./togglePick";
import { undo } from "./undo";
import { zoomIn } from "./zoomIn";
import { zoomOut } from "./zoomOut";
import { zoomToRegion } from "./zoomToRegion";

/** Every command, in the order of the shortcut page. A new command is one file and one line here. */
export const COMMANDS: readonly Command[] = [
  acceptRegion,
  acceptAll,
  rejectRegion,
  restoreRegion,
  nothingHere,
  setClass,
  searchClass,
  labelAlike,
  nextUnchecked,
  previousUnchecked,
  nextRegion,
  previousRegion,
  togglePick,
  moveInGrid,
  extendInGrid,
  endsOfGrid,
  switchOrder,
  selectTool,
  boxTool,
  polygonTool,
  brushTool,
  cutOutTool,
  smallerBrush,
  largerBrush,
  maskToPolygon,
  polygonToMask,
  simplifyPolygon,
  bringToFront,
  sendToBack,
  correctInstead,
  nudgeRegion,
  nudgeRegionFar,
  cyclePart,
  undo,
  redo,
  cancel,
  holdPan,
  fitImage,
  zoomToRegion,
  zoomIn,
  zoomOut,
  showGhost,
  toggleDiff,
  toggleLabels,
  lowerThreshold,
  raiseThreshold,
  submit,
  postponeItem,
  skipItem,
  reportItem,
  previousItem,
  nextItem,
  openPalette,
  showShortcuts,
];
