import { gradientsOf, type HostArray, input, referenceEngine, type Tensor, trace } from "@hermes-us/tensor";

/** Balances the rule's own error, which grows with h^4, against float32 rounding of inputs and loss. */
const STEP = 4e-3;

/**
 * Compares the gradient of a loss with the five-point rule on the reference engine, one element after the other
 * (Abramowitz & Stegun, 25.3.6).
 * @param loss made of one tensor per entry of `at`
 * @returns |difference| / |numerical gradient| over all inputs, in the Euclidean norm
 */
export async function gradientError(
  loss: (inputs: Readonly<Record<string, Tensor>>) => Tensor,
  at: Readonly<Record<string, HostArray>>,
): Promise<number> {
  const names = Object.keys(at);
  const inputs = Object.fromEntries(names.map((name) => [name, input(name, at[name]!.shape)]));
  const value = loss(inputs);
  const gradients = gradientsOf(
    value,
    names.map((name) => inputs[name]!),
  );
  await using engine = referenceEngine();
  await using forward = await engine.compile(trace({ value }));
  await using backward = await engine.compile(
    trace(Object.fromEntries(names.map((name, i) => [name, gradients[i]!]))),
  );
  const used = (names: Iterable<string>) => Object.fromEntries([...names].map((name) => [name, at[name]!]));
  const found = await backward.run(used(backward.program.inputs.keys()));
  let [difference, norm] = [0, 0];
  for (const name of forward.program.inputs.keys()) {
    const { shape, data } = at[name]!;
    for (const [i, analytic] of [...found[name]!.data].entries()) {
      const shifted = async (steps: number) => {
        const moved = Float32Array.from(data);
        moved[i] = data[i]! + steps * STEP;
        const feeds = {
          ...used(forward.program.inputs.keys()),
          [name]: { dtype: "float32", shape, data: moved } as const,
        };
        return (await forward.run(feeds)).value!.data[0]!;
      };
      const [a, b, c, d] = [await shifted(-2), await shifted(-1), await shifted(1), await shifted(2)];
      const numerical = (a - 8 * b + 8 * c - d) / (12 * STEP);
      difference += (analytic - numerical) ** 2;
      norm += numerical ** 2;
    }
  }
  if (norm === 0) throw new Error("the loss does not depend on its inputs here");
  return Math.sqrt(difference / norm);
}
