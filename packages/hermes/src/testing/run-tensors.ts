import { type HostArray, referenceEngine, type Tensor, trace } from "@hermes-us/tensor";

/** @returns the numbers of each tensor, computed by the reference engine */
export async function runTensors<K extends string>(
  tensors: { readonly [name in K]: Tensor },
  feeds: Readonly<Record<string, HostArray>> = {},
): Promise<{ [name in K]: number[] }> {
  await using engine = referenceEngine();
  await using executable = await engine.compile(trace(tensors));
  const fetched = await executable.run(feeds);
  const numbers = Object.entries(fetched).map(([name, { data }]) => [name, [...data]]);
  return Object.fromEntries(numbers);
}

/** @returns the numbers of one tensor */
export async function numbersOf(
  tensor: Tensor,
  feeds: Readonly<Record<string, HostArray>> = {},
): Promise<number[]> {
  return (await runTensors({ tensor }, feeds)).tensor;
}

/** @returns the number of a scalar */
export async function scalarOf(
  tensor: Tensor,
  feeds: Readonly<Record<string, HostArray>> = {},
): Promise<number> {
  const numbers = await numbersOf(tensor, feeds);
  if (numbers.length !== 1) throw new Error(`${tensor} is no scalar`);
  return numbers[0]!;
}
