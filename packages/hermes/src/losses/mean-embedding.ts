import { add, l2Normalize, multiply, type Tensor } from "@hermes-us/tensor";

/**
 * The mean of the embeddings of two views, [N, D] or [N, D, h, w] each, L2-normalised over D.
 * @param length `as-is` leaves the mean shorter than 1, as the released Hermes code does: its dot products are then not
 * cosines
 */
export function meanEmbedding(a: Tensor, b: Tensor, length: "unit" | "as-is" = "unit"): Tensor {
  const mean = multiply(add(a, b), 0.5);
  return length === "unit" ? l2Normalize(mean, 1) : mean;
}
