import type { Key, RandomStream } from "../../random.js";
import { type Affine, compose, crop, IDENTITY, mirror, quarterTurn, rotation } from "./affine.js";
import type { AugmentationPolicy, Move } from "./policy.js";

/**
 * Draws one move and gives it as one map, so that the image is resampled once.
 *
 * @param pixelAspect of the prepared image
 */
export function drawGeometry(policy: AugmentationPolicy, pixelAspect: number, key: Key): Affine {
  const stream = key.stream();
  const move = pickMove(policy.moves, stream.uniform());
  return move === undefined ? IDENTITY : drawMove(move, pixelAspect, stream);
}

function pickMove(moves: readonly Move[], drawn: number): Move | undefined {
  let upTo = 0;
  return moves.find((move) => {
    upTo += move.probability;
    return drawn < upTo;
  });
}

function drawMove(move: Move, pixelAspect: number, stream: RandomStream): Affine {
  const turn = quarterTurn(move.quarterTurns === "any" ? stream.choose([0, 1, 2, 3]) : 0);
  const mirrored = drawMirror(move.mirror, stream);
  const turned = rotation(between(move.rotationDeg, stream), pixelAspect);
  const share = between(move.cropShare, stream);
  const slack = Math.abs(1 - share);
  const shown = crop(share, between([-slack, slack], stream), between([-slack, slack], stream));
  return [mirrored, turned, turn, shown].reduce(compose);
}

function drawMirror(kind: Move["mirror"], stream: RandomStream): Affine {
  const drawn = stream.uniform() < 0.5;
  switch (kind) {
    case "none":
      return IDENTITY;
    case "horizontal":
      return drawn ? mirror("horizontal") : IDENTITY;
    case "one-axis":
      return mirror(drawn ? "horizontal" : "vertical");
    default:
      return kind satisfies never;
  }
}

function between([low, high]: readonly [number, number], stream: RandomStream): number {
  return low + (high - low) * stream.uniform();
}
