import { useState } from "react";
import { toast } from "@/components";
import type { ModelVariant } from "@/lib/api";
import { errorText } from "@/lib/errorText";
import { randomUuid } from "@/lib/uuid";
import { useEvaluate } from "../api";

/** Files of these run on our workers; others are for taking away. */
const EVALUATED = new Set(["onnx", "openvino"]);

/** Judging a variant on the newest data: whether it can be, whether it was asked for, and asking. */
export function useEvaluation(variant: ModelVariant, onStarted: (runId: number) => void) {
  const [key] = useState(randomUuid);
  const order = useEvaluate(variant.id, key);
  const start = () =>
    order.mutate(undefined, {
      onSuccess: (run) => onStarted(run.id),
      onError: (error) => toast({ message: errorText(error), tone: "bad" }),
    });
  return { possible: EVALUATED.has(variant.format), busy: order.isPending, start };
}
