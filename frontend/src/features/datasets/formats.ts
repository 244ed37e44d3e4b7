import type { TaskTypeSlug } from "@/lib/api";

/** Data formats in the order in which they are offered; the names are proper names in every language. */
export const FORMATS: { slug: string; name: string; taskTypes: TaskTypeSlug[] }[] = [
  { slug: "coco", name: "COCO", taskTypes: ["object_detection"] },
  { slug: "yolo", name: "YOLO", taskTypes: ["object_detection"] },
  { slug: "pascal_voc", name: "Pascal VOC", taskTypes: ["object_detection"] },
  { slug: "mask_png", name: "Mask PNG", taskTypes: ["semantic_segmentation"] },
  { slug: "image_folder", name: "Image folder", taskTypes: ["image_classification"] },
];

export function formatsFor(taskType: TaskTypeSlug) {
  return FORMATS.filter(({ taskTypes }) => taskTypes.includes(taskType));
}
