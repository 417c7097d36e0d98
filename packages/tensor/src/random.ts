/**
 * Keyed, counter-based randomness. A key is a seed and a path of names; everything drawn from it depends on
 * nothing else, in particular not on what was drawn before elsewhere. A resumed run therefore repeats the
 * uninterrupted one bit for bit:
 *
 *     const root = key(seed);
 *     const dropout = root.fork("dropout", step);
 *     const mask = bernoulliArray(dropout.fork("layer1"), length, keepProbability);
 *
 * Draws of different kinds from one key (stream, uniforms, normals, ...) are independent of each other; two
 * draws of the same kind from one key are equal. Fork for everything that has to differ.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { type KeySchedule, keySchedule, threefryBlocks } from "./threefry.js";

/** What is drawn; the last word of the counter, so that kinds never share a block. */
const KIND = { stream: 0, uniform: 1, normal: 2, bernoulli: 3, permutation: 4 } as const;
type Kind = (typeof KIND)[keyof typeof KIND];

const TWO_POW_32 = 2 ** 32;
const UNIT_32 = 1 / TWO_POW_32;
const UNIT_24 = 1 / 2 ** 24;
/** Words made at a time by the array functions: small enough for the first-level cache. */
const CHUNK_WORDS = 4096;

/** @returns the root key of a seed. `key(7)` and `key("7")` differ. */
export function key(seed: number | string): Key {
  return new Key([0, 0, 0, 0]).fork(seed);
}

/** A point in the tree of names. Cheap to make (one SHA-256 per path element), immutable. */
export class Key {
  /** Four 32-bit words that identify the key; equal paths give equal words on every machine. */
  readonly words: readonly number[];
  readonly #schedule: KeySchedule;

  /** @param words four 32-bit words, as read from another key's `words`. */
  constructor(words: readonly number[]) {
    if (words.length !== 4) {
      throw new RangeError(`Key: got ${words.length} words; wanted 4; use key(seed) to make a key.`);
    }
    this.words = Object.freeze(words.map((word) => word >>> 0));
    this.#schedule = keySchedule(this.words);
  }

  /** @returns the key at `path` below this one; `fork("a", 1)` equals `fork("a").fork(1)`. */
  fork(...path: (string | number)[]): Key {
    let words = this.words;
    for (const element of path) words = childWords(words, element);
    return new Key(words);
  }

  /** @returns element `index` of this key's uniforms in [0, 1), with 32 bits. */
  uniform(index = 0): number {
    if (!Number.isSafeInteger(index) || index < 0) {
      throw new RangeError(`Key.uniform: got index ${index}; wanted a whole number >= 0.`);
    }
    const block = new Uint32Array(4);
    this.fill(block, KIND.uniform, Math.floor(index / 4));
    return block[index % 4]! * UNIT_32;
  }

  /** @returns numbers drawn one after another; `position` continues a stream where another one stood. */
  stream(position = 0): RandomStream {
    return new RandomStream(this, position);
  }

  /**
   * Fills `out` with the words of blocks `firstBlock`, `firstBlock + 1`, ...
   * @param out a whole number of four-word blocks.
   */
  fill(out: Uint32Array, kind: Kind, firstBlock: number): void {
    const low = firstBlock % TWO_POW_32;
    threefryBlocks(this.#schedule, low, Math.floor(firstBlock / TWO_POW_32), 0, kind, out);
  }
}

/** Numbers drawn in order from one key. Each 32-bit word drawn moves `position` by one. */
export class RandomStream {
  readonly #key: Key;
  readonly #block = new Uint32Array(16);
  #blockStart = -1;
  #position: number;

  constructor(source: Key, position: number) {
    if (!Number.isSafeInteger(position) || position < 0) {
      throw new RangeError(`RandomStream: got position ${position}; wanted a whole number >= 0.`);
    }
    this.#key = source;
    this.#position = position;
  }

  /** How many words were drawn: save it, and `key.stream(position)` continues here. */
  get position(): number {
    return this.#position;
  }

  /** @returns a number in [0, 1) with 32 bits. */
  uniform(): number {
    return this.#word() * UNIT_32;
  }

  /** @returns a standard normal number (Box & Muller 1958); draws two words. */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log((this.#word() + 0.5) * UNIT_32));
    return radius * Math.cos(2 * Math.PI * UNIT_32 * this.#word());
  }

  /** @returns a whole number, each of the range equally likely; the range spans at most 2^32. */
  integer(lowInclusive: number, highExclusive: number): number {
    const span = highExclusive - lowInclusive;
    if (
      !Number.isSafeInteger(lowInclusive) ||
      !Number.isSafeInteger(highExclusive) ||
      !(span >= 1 && span <= TWO_POW_32)
    ) {
      throw new RangeError(
        `RandomStream.integer: got [${lowInclusive}, ${highExclusive}); wanted whole numbers, low < high, at most 2^32 apart.`,
      );
    }
    return lowInclusive + boundedWord(() => this.#word(), span);
  }

  /** @returns a new array with the items in random order (Fisher & Yates). */
  shuffle<T>(items: readonly T[]): T[] {
    const shuffled = items.slice();
    for (let last = shuffled.length - 1; last > 0; last--) {
      const other = this.integer(0, last + 1);
      const swapped = shuffled[last]!;
      shuffled[last] = shuffled[other]!;
      shuffled[other] = swapped;
    }
    return shuffled;
  }

  /** @returns one of the items, each equally likely. */
  choose<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError("RandomStream.choose: got no items; wanted at least one.");
    return items[this.integer(0, items.length)]!;
  }

  #word(): number {
    const start = this.#position - (this.#position % this.#block.length);
    if (start !== this.#blockStart) {
      this.#key.fill(this.#block, KIND.stream, start / 4);
      this.#blockStart = start;
    }
    const word = this.#block[this.#position - start]!;
    this.#position++;
    return word;
  }
}

/** @returns `length` numbers in [0, 1), multiples of 2^-24, so that none rounds up to 1 in float32. */
export function uniformArray(source: Key, length: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(length);
  forEachChunk(source, KIND.uniform, length, (words, start, count) => {
    for (let i = 0; i < count; i++) out[start + i] = (words[i]! >>> 8) * UNIT_24;
  });
  return out;
}

/** @returns `length` standard normal numbers (Box & Muller 1958, both values of each pair). */
export function normalArray(source: Key, length: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(length);
  forEachChunk(source, KIND.normal, length + (length % 2), (words, start, count) => {
    for (let i = 0; i < count; i += 2) {
      const radius = Math.sqrt(-2 * Math.log((words[i]! + 0.5) * UNIT_32));
      const angle = 2 * Math.PI * UNIT_32 * words[i + 1]!;
      out[start + i] = radius * Math.cos(angle);
      if (start + i + 1 < length) out[start + i + 1] = radius * Math.sin(angle);
    }
  });
  return out;
}

/** @returns `length` numbers, each 1 with the given probability, otherwise 0. */
export function bernoulliArray(source: Key, length: number, probability: number): Float32Array<ArrayBuffer> {
  if (!(probability >= 0 && probability <= 1)) {
    throw new RangeError(`bernoulliArray: got probability ${probability}; wanted a number from 0 to 1.`);
  }
  const out = new Float32Array(length);
  const threshold = probability * TWO_POW_32;
  forEachChunk(source, KIND.bernoulli, length, (words, start, count) => {
    for (let i = 0; i < count; i++) out[start + i] = words[i]! < threshold ? 1 : 0;
  });
  return out;
}

/** @returns the numbers 0 .. n - 1 in random order (Fisher & Yates). */
export function permutation(source: Key, n: number): Int32Array<ArrayBuffer> {
  const order = new Int32Array(n);
  for (let i = 0; i < n; i++) order[i] = i;
  const words = new Uint32Array(CHUNK_WORDS);
  let used = CHUNK_WORDS;
  let block = 0;
  const nextWord = (): number => {
    if (used === CHUNK_WORDS) {
      source.fill(words, KIND.permutation, block);
      block += CHUNK_WORDS / 4;
      used = 0;
    }
    return words[used++]!;
  };
  for (let last = n - 1; last > 0; last--) {
    const other = boundedWord(nextWord, last + 1);
    const swapped = order[last]!;
    order[last] = order[other]!;
    order[other] = swapped;
  }
  return order;
}

/** Unbiased: words in the incomplete last multiple of `span` are drawn again. */
function boundedWord(nextWord: () => number, span: number): number {
  const limit = TWO_POW_32 - (TWO_POW_32 % span);
  let word = nextWord();
  while (word >= limit) word = nextWord();
  return word % span;
}

function forEachChunk(
  source: Key,
  kind: Kind,
  length: number,
  consume: (words: Uint32Array, start: number, count: number) => void,
): void {
  const words = new Uint32Array(Math.min(CHUNK_WORDS, 4 * Math.ceil(length / 4)));
  for (let start = 0; start < length; start += CHUNK_WORDS) {
    source.fill(words, kind, start / 4);
    consume(words, start, Math.min(CHUNK_WORDS, length - start));
  }
}

/** SHA-256 of the parent's words, the element's type and its bytes, cut to 128 bits. */
function childWords(parent: readonly number[], element: string | number): number[] {
  const payload = typeof element === "string" ? new TextEncoder().encode(element) : numberBytes(element);
  const message = new Uint8Array(17 + payload.length);
  const view = new DataView(message.buffer);
  parent.forEach((word, i) => {
    view.setUint32(4 * i, word, true);
  });
  message[16] = typeof element === "string" ? 1 : 2;
  message.set(payload, 17);
  const digest = new DataView(sha256(message).buffer);
  return [0, 4, 8, 12].map((at) => digest.getUint32(at, true));
}

function numberBytes(value: number): Uint8Array {
  if (!Number.isFinite(value)) {
    throw new RangeError(`Key.fork: got ${value}; wanted a finite number or a string.`);
  }
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value === 0 ? 0 : value, true);
  return bytes;
}
