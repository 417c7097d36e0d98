import { ShapeError } from "./errors.js";
import { add } from "./ops/arithmetic.js";
import { alias, onesLike, zerosLike } from "./ops/leaf.js";
import { formatType, sameShape } from "./shape.js";
import type { Tensor } from "./tensor.js";

/** What can be differentiated with respect to: one tensor, a list, or a dictionary by name. */
export type TensorTree = Tensor | readonly Tensor[] | { readonly [name: string]: Tensor };

/**
 * Reverse mode, graph to graph: the gradient of a scalar with respect to each of `wrt`, as new tensors. The result
 * is ordinary tensors, so it may be used inside a forward pass and differentiated again.
 * @throws ShapeError unless `loss` is a float32 scalar
 */
export function gradientsOf(loss: Tensor, wrt: readonly Tensor[]): Tensor[] {
  if (loss.shape.length !== 0 || loss.dtype !== "float32") {
    throw new ShapeError(
      "gradient",
      `a loss of ${formatType(loss)}`,
      "a float32 scalar",
      "reduce it with sum() or mean()",
    );
  }
  const order = topologicalOrder([loss]);
  const wanted = new Set(wrt);
  const active = new Set<Tensor>();
  for (const node of order) {
    if (wanted.has(node) || node.inputs.some((input) => active.has(input))) active.add(node);
  }
  const cotangents = new Map<Tensor, Tensor>([[loss, onesLike(loss)]]);
  for (let position = order.length - 1; position >= 0; position--) {
    const node = order[position]!;
    const cotangent = cotangents.get(node);
    if (cotangent === undefined || !node.inputs.some((input) => active.has(input))) continue;
    const parts = node.op.vjp({ cotangent, inputs: node.inputs, output: node, attributes: node.attributes });
    for (const [slot, input] of node.inputs.entries()) {
      const part = parts[slot];
      if (part === null || part === undefined || !active.has(input)) continue;
      if (!sameShape(part.shape, input.shape)) {
        throw new Error(
          `vjp of ${node.op.name}: cotangent ${slot} is ${formatType(part)}, input ${formatType(input)}`,
        );
      }
      const sum = cotangents.get(input);
      cotangents.set(input, sum === undefined ? part : add(sum, part));
    }
  }
  return wrt.map((tensor) => cotangents.get(tensor) ?? zerosLike(tensor));
}

/** @returns a function that gives the gradient of scalar `f` with respect to its first argument. */
export function gradient<T extends TensorTree, Rest extends readonly unknown[]>(
  f: (argument: T, ...rest: Rest) => Tensor,
): (argument: T, ...rest: Rest) => T {
  const both = valueAndGradient(f);
  return (argument, ...rest) => both(argument, ...rest).gradient;
}

/** @returns a function that gives scalar `f` and its gradient with respect to its first argument. */
export function valueAndGradient<T extends TensorTree, Rest extends readonly unknown[]>(
  f: (argument: T, ...rest: Rest) => Tensor,
): (argument: T, ...rest: Rest) => { readonly value: Tensor; readonly gradient: T } {
  return (argument, ...rest) => {
    const leaves: Tensor[] = [];
    const variable = mapTree(argument, (tensor) => {
      const leaf = alias(tensor);
      leaves.push(leaf);
      return leaf;
    });
    const value = f(variable, ...rest);
    const gradients = gradientsOf(value, leaves);
    let next = 0;
    return { value, gradient: mapTree(argument, () => gradients[next++]!) };
  };
}

function isTensor(tree: TensorTree): tree is Tensor {
  return "op" in tree && "inputs" in tree && "dtype" in tree && typeof tree.dtype === "string";
}

function mapTree<T extends TensorTree>(tree: T, f: (tensor: Tensor) => Tensor): T;
function mapTree(tree: TensorTree, f: (tensor: Tensor) => Tensor): TensorTree {
  if (isTensor(tree)) return f(tree);
  if (Array.isArray(tree)) return tree.map(f);
  return Object.fromEntries(Object.entries(tree).map(([name, tensor]) => [name, f(tensor)]));
}

/** @returns everything that `roots` depend on, inputs before users; no recursion, so depth is unlimited. */
export function topologicalOrder(roots: readonly Tensor[]): Tensor[] {
  const order: Tensor[] = [];
  const state = new Map<Tensor, "open" | "done">();
  const stack = [...roots].reverse();
  while (stack.length > 0) {
    const node = stack[stack.length - 1]!;
    const seen = state.get(node);
    if (seen === undefined) {
      state.set(node, "open");
      for (let i = node.inputs.length - 1; i >= 0; i--) {
        const input = node.inputs[i]!;
        if (!state.has(input)) stack.push(input);
      }
    } else {
      stack.pop();
      if (seen === "open") {
        state.set(node, "done");
        order.push(node);
      }
    }
  }
  return order;
}
