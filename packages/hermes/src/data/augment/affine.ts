/**
 * Where each pixel of a view comes from. A point (x, y) of the view, the square from -1 to 1 with y downwards, is
 * taken from (a x + b y + c, d x + e y + f) of the prepared image, in the same units. Six numbers: a b c d e f.
 */
export type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

export const IDENTITY: Affine = [1, 0, 0, 0, 1, 0];

/** @returns the map that applies `first`, then `second` to a point */
export function compose(first: Affine, second: Affine): Affine {
  const [a, b, c, d, e, f] = first;
  const [p, q, r, s, t, u] = second;
  return [p * a + q * d, p * b + q * e, p * c + q * f + r, s * a + t * d, s * b + t * e, s * c + t * f + u];
}

/** @returns the map by which a view was made, read backwards: from the prepared image to the view */
export function invert([a, b, c, d, e, f]: Affine): Affine {
  const determinant = a * e - b * d;
  if (determinant === 0) throw new RangeError("invert: got an affine map that flattens the plane.");
  const [p, q, s, t] = [e / determinant, -b / determinant, -d / determinant, a / determinant];
  return [p, q, -(p * c + q * f), s, t, -(s * c + t * f)];
}

export function mirror(axis: "horizontal" | "vertical"): Affine {
  return axis === "horizontal" ? [-1, 0, 0, 0, 1, 0] : [1, 0, 0, 0, -1, 0];
}

/** Quarter turns of the square, exact. */
export function quarterTurn(turns: 0 | 1 | 2 | 3): Affine {
  const cosine = [1, 0, -1, 0][turns]!;
  const sine = [0, 1, 0, -1][turns]!;
  return [cosine, -sine, 0, sine, cosine, 0];
}

/** @param pixelAspect width to height of a pixel in the original; the rotation is rigid there */
export function rotation(angleDeg: number, pixelAspect: number): Affine {
  const cosine = Math.cos((angleDeg * Math.PI) / 180);
  const sine = Math.sin((angleDeg * Math.PI) / 180);
  return [cosine, -sine / pixelAspect, 0, sine * pixelAspect, cosine, 0];
}

/** Shows the part of `share` times the side around a centre; above 1 there is black around the image. */
export function crop(share: number, centreX: number, centreY: number): Affine {
  return [share, 0, centreX, 0, share, centreY];
}
