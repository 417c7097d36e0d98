import { constant } from "@hermes-us/tensor";
import { expect, it } from "vitest";
import { numbersOf } from "../testing/run-tensors.js";
import { boundedLogits } from "./bounded-logits.js";

it("keeps logits within 1 of 0, their order and, near 0, half of their size", async () => {
  const [huge, small, zero, negative] = await numbersOf(boundedLogits(constant([40, 0.02, 0, -3], [4])));
  expect(huge).toBeCloseTo(1, 6);
  expect(small).toBeCloseTo(0.01, 5);
  expect(zero).toBe(0);
  expect(negative).toBeCloseTo(-Math.tanh(1.5), 5);
});
