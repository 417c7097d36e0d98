/**
 * Threefry-4x32-20, a counter-based generator: block i of a stream is a pure function of (key, i).
 * Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011, section 3.3,
 * https://doi.org/10.1145/2063384.2063405. Chosen over Philox because JavaScript has no 32x32 -> 64 bit
 * multiplication: additions, rotations and exclusive-ors are all it needs.
 */

/** The key's four words, the parity word, and the first four again, so that `schedule[s + i]` needs no modulo. */
export type KeySchedule = Int32Array;

/** Skein's parity constant for 32-bit words. */
const PARITY = 0x1bd11bda;

/** @param words the 128-bit key as four 32-bit words. */
export function keySchedule(words: ArrayLike<number>): KeySchedule {
  const schedule = new Int32Array(9);
  let parity = PARITY;
  for (let i = 0; i < 4; i++) {
    const word = words[i]! | 0;
    schedule[i] = word;
    schedule[i + 5] = word;
    parity ^= word;
  }
  schedule[4] = parity;
  return schedule;
}

/**
 * Encrypts consecutive counters `(counter0 + b, counter1, counter2, counter3)`, b = 0, 1, ..., into
 * `out[4b .. 4b + 3]`. The low counter word must not wrap within one call.
 *
 * @param out as many whole blocks of four words as are wanted.
 */
export function threefryBlocks(
  schedule: KeySchedule,
  counter0: number,
  counter1: number,
  counter2: number,
  counter3: number,
  out: Uint32Array,
): void {
  for (let at = 0; at + 3 < out.length; at += 4) {
    let a = (counter0 + (at >>> 2) + schedule[0]!) | 0;
    let b = (counter1 + schedule[1]!) | 0;
    let c = (counter2 + schedule[2]!) | 0;
    let d = (counter3 + schedule[3]!) | 0;
    for (let group = 1; ; group++) {
      a = (a + b) | 0;
      b = ((b << 10) | (b >>> 22)) ^ a;
      c = (c + d) | 0;
      d = ((d << 26) | (d >>> 6)) ^ c;
      a = (a + d) | 0;
      d = ((d << 11) | (d >>> 21)) ^ a;
      c = (c + b) | 0;
      b = ((b << 21) | (b >>> 11)) ^ c;
      a = (a + b) | 0;
      b = ((b << 13) | (b >>> 19)) ^ a;
      c = (c + d) | 0;
      d = ((d << 27) | (d >>> 5)) ^ c;
      a = (a + d) | 0;
      d = ((d << 23) | (d >>> 9)) ^ a;
      c = (c + b) | 0;
      b = ((b << 5) | (b >>> 27)) ^ c;
      a = (a + schedule[group]!) | 0;
      b = (b + schedule[group + 1]!) | 0;
      c = (c + schedule[group + 2]!) | 0;
      d = (d + schedule[group + 3]! + group) | 0;
      if (group === 5) break;
      group++;
      a = (a + b) | 0;
      b = ((b << 6) | (b >>> 26)) ^ a;
      c = (c + d) | 0;
      d = ((d << 20) | (d >>> 12)) ^ c;
      a = (a + d) | 0;
      d = ((d << 17) | (d >>> 15)) ^ a;
      c = (c + b) | 0;
      b = ((b << 11) | (b >>> 21)) ^ c;
      a = (a + b) | 0;
      b = ((b << 25) | (b >>> 7)) ^ a;
      c = (c + d) | 0;
      d = ((d << 10) | (d >>> 22)) ^ c;
      a = (a + d) | 0;
      d = ((d << 18) | (d >>> 14)) ^ a;
      c = (c + b) | 0;
      b = ((b << 20) | (b >>> 12)) ^ c;
      a = (a + schedule[group]!) | 0;
      b = (b + schedule[group + 1]!) | 0;
      c = (c + schedule[group + 2]!) | 0;
      d = (d + schedule[group + 3]! + group) | 0;
    }
    out[at] = a;
    out[at + 1] = b;
    out[at + 2] = c;
    out[at + 3] = d;
  }
}
