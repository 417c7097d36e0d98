import { type Key, normalArray } from "../../random.js";

/**
 * Smooth random texture: standard normal values on a coarse grid, joined by a smooth interpolation
 * (value noise). Coordinates are in cells; the field repeats only beyond its last cell, where it is clamped.
 */
export class NoiseField {
  readonly #values: Float32Array;
  readonly #columns: number;
  readonly #rows: number;

  /** @param columns, rows cells that the area to be covered spans. */
  constructor(source: Key, columns: number, rows: number) {
    this.#columns = Math.ceil(columns) + 2;
    this.#rows = Math.ceil(rows) + 2;
    this.#values = normalArray(source, this.#columns * this.#rows);
  }

  /** @returns a value of mean 0 and a standard deviation between 0.5 and 1. */
  at(column: number, row: number): number {
    const c = Math.min(Math.max(column, 0), this.#columns - 1.001);
    const r = Math.min(Math.max(row, 0), this.#rows - 1.001);
    const c0 = Math.floor(c);
    const r0 = Math.floor(r);
    const x = smoothStep(c - c0);
    const y = smoothStep(r - r0);
    const start = r0 * this.#columns + c0;
    const v = this.#values;
    const top = v[start]! + x * (v[start + 1]! - v[start]!);
    const below = start + this.#columns;
    const bottom = v[below]! + x * (v[below + 1]! - v[below]!);
    return top + y * (bottom - top);
  }
}

/** @returns t clamped to [0, 1] and eased: 3 t^2 - 2 t^3. */
export function smoothStep(t: number): number {
  const clamped = Math.min(Math.max(t, 0), 1);
  return clamped * clamped * (3 - 2 * clamped);
}
