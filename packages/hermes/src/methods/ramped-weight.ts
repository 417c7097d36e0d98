import { multiply, type Tensor } from "@hermes-us/tensor";

/** A fixed weight times a scheduled ramp; 0 stays the number 0, so that the trainer can leave the term out. */
export function rampedWeight(ramp: Tensor, weight: number): Tensor | number {
  return weight === 0 ? 0 : multiply(ramp, weight);
}
