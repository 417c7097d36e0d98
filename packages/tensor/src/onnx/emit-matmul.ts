import type { GraphBuilder, Value } from "./graph-builder.js";

/** Whether the last two axes of a factor are swapped before the product. */
export type Side = "as-is" | "transpose";

/** Emits a product with transposes folded in where the target can. */
export function emitMatmul(
  g: GraphBuilder,
  a: Value,
  b: Value,
  {
    sides = { a: "as-is", b: "as-is" },
    ranks,
  }: { sides?: { a: Side; b: Side }; ranks: readonly [number, number] },
): Value {
  if (sides.a === "as-is" && sides.b === "as-is") return g.node("MatMul", [a, b]);
  if (g.target === "cpu") {
    const attributes = { transA: sides.a === "transpose" ? 1 : 0, transB: sides.b === "transpose" ? 1 : 0 };
    return g.node("FusedMatMul", [a, b], attributes, { domain: "com.microsoft" });
  }
  const swapped = (value: Value, rank: number) => {
    const perm = Array.from({ length: rank }, (_, axis) => axis);
    perm.splice(rank - 2, 2, rank - 1, rank - 2);
    return g.transpose(value, perm);
  };
  return g.node("MatMul", [
    sides.a === "transpose" ? swapped(a, ranks[0]) : a,
    sides.b === "transpose" ? swapped(b, ranks[1]) : b,
  ]);
}
