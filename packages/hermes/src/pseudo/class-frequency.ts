import { add, mean, multiply, oneHot, stopGradient, subtract, type Tensor } from "@hermes-us/tensor";

/**
 * Share of each class among pseudo-labels.
 * @param label int32 [N] or [N, H, W]
 * @returns [C], which adds up to 1
 */
export function classFrequency(label: Tensor, classes: number): Tensor {
  const positions = label.shape.map((_, axis) => axis);
  return stopGradient(mean(oneHot(label, classes), { axes: positions }));
}

/**
 * Where the frequency of the classes comes from. `batch`: this batch alone, as published. `average`: a moving average
 * over the steps, `decay` being the share of the old value kept; begin it at 1 / C each.
 */
export type FrequencySource =
  | { readonly kind: "batch" }
  | { readonly kind: "average"; readonly previous: Tensor; readonly decay: Tensor | number };

/** @returns the frequency [C] to use now, which for an average is also the next step's `previous` */
export function nextFrequency(source: FrequencySource, measured: Tensor): Tensor {
  switch (source.kind) {
    case "batch":
      return measured;
    case "average":
      return stopGradient(
        add(multiply(source.previous, source.decay), multiply(measured, subtract(1, source.decay))),
      );
    default:
      return source satisfies never;
  }
}
