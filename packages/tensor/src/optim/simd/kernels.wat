;; The optimisers' arithmetic on float32 arrays, four numbers at a time.
;;
;; Every kernel takes addresses in the one memory, then `bytes`, the length of each array: a multiple of 64.
;; Arrays that change come first. Arithmetic is in float32, in the order of operations of PyTorch's CPU kernels
;; (torch.optim, single tensor), so that each element rounds as it does there.
;;
;; `tiny` is the smallest normal float32. Moments below it become zero (NaN stays NaN): smaller numbers cost a hundred cycles each
;; on x86, and the moments of weights whose gradient is zero would stay there for ever. (A function for it would
;; not be inlined by every engine, which costs a third of the speed.)
(module
  (import "arena" "memory" (memory 1))

  ;; slope = scale * g + decay * p;  p = p - rate * slope
  (func (export "descend")
    (param $p i32) (param $g i32) (param $bytes i32)
    (param $rate f32) (param $decay f32) (param $scale f32)
    (local $end i32) (local $rates v128) (local $decays v128) (local $scales v128) (local $x v128)
    (local.set $end (i32.add (local.get $p) (local.get $bytes)))
    (local.set $rates (f32x4.splat (local.get $rate)))
    (local.set $decays (f32x4.splat (local.get $decay)))
    (local.set $scales (f32x4.splat (local.get $scale)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
        (local.set $x (v128.load (local.get $p)))
        (v128.store (local.get $p)
          (f32x4.sub
            (local.get $x)
            (f32x4.mul
              (local.get $rates)
              (f32x4.add
                (f32x4.mul (local.get $scales) (v128.load (local.get $g)))
                (f32x4.mul (local.get $decays) (local.get $x))))))
        (local.set $p (i32.add (local.get $p) (i32.const 16)))
        (local.set $g (i32.add (local.get $g) (i32.const 16)))
        (br $next))))

  ;; slope = scale * g + decay * p;  m = momentum * m + slope
  ;; p = p - rate * (slopeShare * slope + directionShare * m)
  (func (export "descendWithMomentum")
    (param $p i32) (param $m i32) (param $g i32) (param $bytes i32)
    (param $rate f32) (param $decay f32) (param $scale f32)
    (param $momentum f32) (param $slopeShare f32) (param $directionShare f32)
    (local $end i32) (local $rates v128) (local $decays v128) (local $scales v128)
    (local $momenta v128) (local $slopeShares v128) (local $directionShares v128)
    (local $x v128) (local $slope v128) (local $direction v128) (local $tiny v128)
    (local.set $tiny (f32x4.splat (f32.const 0x1p-126)))
    (local.set $end (i32.add (local.get $p) (local.get $bytes)))
    (local.set $rates (f32x4.splat (local.get $rate)))
    (local.set $decays (f32x4.splat (local.get $decay)))
    (local.set $scales (f32x4.splat (local.get $scale)))
    (local.set $momenta (f32x4.splat (local.get $momentum)))
    (local.set $slopeShares (f32x4.splat (local.get $slopeShare)))
    (local.set $directionShares (f32x4.splat (local.get $directionShare)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
        (local.set $x (v128.load (local.get $p)))
        (local.set $slope
          (f32x4.add
            (f32x4.mul (local.get $scales) (v128.load (local.get $g)))
            (f32x4.mul (local.get $decays) (local.get $x))))
        (local.set $direction
          (f32x4.add
            (f32x4.mul (local.get $momenta) (v128.load (local.get $m)))
            (local.get $slope)))
        (local.set $direction
          (v128.andnot (local.get $direction) (f32x4.lt (f32x4.abs (local.get $direction)) (local.get $tiny))))
        (v128.store (local.get $m) (local.get $direction))
        (v128.store (local.get $p)
          (f32x4.sub
            (local.get $x)
            (f32x4.mul
              (local.get $rates)
              (f32x4.add
                (f32x4.mul (local.get $slopeShares) (local.get $slope))
                (f32x4.mul (local.get $directionShares) (local.get $direction))))))
        (local.set $p (i32.add (local.get $p) (i32.const 16)))
        (local.set $m (i32.add (local.get $m) (i32.const 16)))
        (local.set $g (i32.add (local.get $g) (i32.const 16)))
        (br $next))))

  ;; x = keep * p;  slope = scale * g + decay * x
  ;; m = m + fresh1 * (slope - m);  v = beta2 * v + fresh2 * slope * slope
  ;; p = x - rate * m / (rootScale * sqrt(v) + epsilon)
  (func (export "descendByMoments")
    (param $p i32) (param $m i32) (param $v i32) (param $g i32) (param $bytes i32)
    (param $rate f32) (param $decay f32) (param $scale f32) (param $keep f32)
    (param $fresh1 f32) (param $beta2 f32) (param $fresh2 f32) (param $rootScale f32) (param $epsilon f32)
    (local $end i32) (local $rates v128) (local $decays v128) (local $scales v128) (local $keeps v128)
    (local $fresh1s v128) (local $beta2s v128) (local $fresh2s v128) (local $rootScales v128) (local $epsilons v128)
    (local $x v128) (local $slope v128) (local $first v128) (local $second v128) (local $tiny v128)
    (local.set $tiny (f32x4.splat (f32.const 0x1p-126)))
    (local.set $end (i32.add (local.get $p) (local.get $bytes)))
    (local.set $rates (f32x4.splat (local.get $rate)))
    (local.set $decays (f32x4.splat (local.get $decay)))
    (local.set $scales (f32x4.splat (local.get $scale)))
    (local.set $keeps (f32x4.splat (local.get $keep)))
    (local.set $fresh1s (f32x4.splat (local.get $fresh1)))
    (local.set $beta2s (f32x4.splat (local.get $beta2)))
    (local.set $fresh2s (f32x4.splat (local.get $fresh2)))
    (local.set $rootScales (f32x4.splat (local.get $rootScale)))
    (local.set $epsilons (f32x4.splat (local.get $epsilon)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
        (local.set $x (f32x4.mul (local.get $keeps) (v128.load (local.get $p))))
        (local.set $slope
          (f32x4.add
            (f32x4.mul (local.get $scales) (v128.load (local.get $g)))
            (f32x4.mul (local.get $decays) (local.get $x))))
        (local.set $first (v128.load (local.get $m)))
        (local.set $first
          (f32x4.add
            (local.get $first)
            (f32x4.mul (local.get $fresh1s) (f32x4.sub (local.get $slope) (local.get $first)))))
        (local.set $first
          (v128.andnot (local.get $first) (f32x4.lt (f32x4.abs (local.get $first)) (local.get $tiny))))
        (local.set $second
          (f32x4.add
            (f32x4.mul (local.get $beta2s) (v128.load (local.get $v)))
            (f32x4.mul (f32x4.mul (local.get $fresh2s) (local.get $slope)) (local.get $slope))))
        (local.set $second
          (v128.andnot (local.get $second) (f32x4.lt (local.get $second) (local.get $tiny))))
        (v128.store (local.get $m) (local.get $first))
        (v128.store (local.get $v) (local.get $second))
        (v128.store (local.get $p)
          (f32x4.sub
            (local.get $x)
            (f32x4.mul
              (local.get $rates)
              (f32x4.div
                (local.get $first)
                (f32x4.add
                  (f32x4.mul (local.get $rootScales) (f32x4.sqrt (local.get $second)))
                  (local.get $epsilons))))))
        (local.set $p (i32.add (local.get $p) (i32.const 16)))
        (local.set $m (i32.add (local.get $m) (i32.const 16)))
        (local.set $v (i32.add (local.get $v) (i32.const 16)))
        (local.set $g (i32.add (local.get $g) (i32.const 16)))
        (br $next))))

  ;; a = (a where keepMask is -1, s where it is 0) + share * (s - a)
  (func (export "average")
    (param $a i32) (param $s i32) (param $bytes i32) (param $keepMask i32) (param $share f32)
    (local $end i32) (local $keep v128) (local $shares v128) (local $old v128) (local $new v128)
    (local.set $end (i32.add (local.get $a) (local.get $bytes)))
    (local.set $keep (i32x4.splat (local.get $keepMask)))
    (local.set $shares (f32x4.splat (local.get $share)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $a) (local.get $end)))
        (local.set $old (v128.load (local.get $a)))
        (local.set $new (v128.load (local.get $s)))
        (v128.store (local.get $a)
          (f32x4.add
            (v128.bitselect (local.get $old) (local.get $new) (local.get $keep))
            (f32x4.mul (local.get $shares) (f32x4.sub (local.get $new) (local.get $old)))))
        (local.set $a (i32.add (local.get $a) (i32.const 16)))
        (local.set $s (i32.add (local.get $s) (i32.const 16)))
        (br $next))))

  ;; values = factor * values
  (func (export "scale") (param $values i32) (param $bytes i32) (param $factor f32)
    (local $end i32) (local $factors v128)
    (local.set $end (i32.add (local.get $values) (local.get $bytes)))
    (local.set $factors (f32x4.splat (local.get $factor)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $values) (local.get $end)))
        (v128.store (local.get $values)
          (f32x4.mul (local.get $factors) (v128.load (local.get $values))))
        (local.set $values (i32.add (local.get $values) (i32.const 16)))
        (br $next))))

  ;; Squares and sums in float64, where squares of float32 numbers are exact and cannot overflow: the result is
  ;; finite exactly if every value is. Reads four stripes of `bytes`, each `stride` after the one before, because
  ;; the processor fetches ahead for several streams at once better than for one.
  (func (export "sumOfSquares") (param $values i32) (param $stride i32) (param $bytes i32) (result f64)
    (local $values1 i32) (local $values2 i32) (local $values3 i32) (local $end i32)
    (local $x v128) (local $sum0 v128) (local $sum1 v128) (local $sum2 v128) (local $sum3 v128)
    (local.set $end (i32.add (local.get $values) (local.get $bytes)))
    (local.set $values1 (i32.add (local.get $values) (local.get $stride)))
    (local.set $values2 (i32.add (local.get $values1) (local.get $stride)))
    (local.set $values3 (i32.add (local.get $values2) (local.get $stride)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $values) (local.get $end)))
        (local.set $x (f64x2.promote_low_f32x4 (v128.load64_zero (local.get $values))))
        (local.set $sum0 (f64x2.add (local.get $sum0) (f64x2.mul (local.get $x) (local.get $x))))
        (local.set $x (f64x2.promote_low_f32x4 (v128.load64_zero (local.get $values1))))
        (local.set $sum1 (f64x2.add (local.get $sum1) (f64x2.mul (local.get $x) (local.get $x))))
        (local.set $x (f64x2.promote_low_f32x4 (v128.load64_zero (local.get $values2))))
        (local.set $sum2 (f64x2.add (local.get $sum2) (f64x2.mul (local.get $x) (local.get $x))))
        (local.set $x (f64x2.promote_low_f32x4 (v128.load64_zero (local.get $values3))))
        (local.set $sum3 (f64x2.add (local.get $sum3) (f64x2.mul (local.get $x) (local.get $x))))
        (local.set $values (i32.add (local.get $values) (i32.const 8)))
        (local.set $values1 (i32.add (local.get $values1) (i32.const 8)))
        (local.set $values2 (i32.add (local.get $values2) (i32.const 8)))
        (local.set $values3 (i32.add (local.get $values3) (i32.const 8)))
        (br $next)))
    (local.set $x
      (f64x2.add
        (f64x2.add (local.get $sum0) (local.get $sum1))
        (f64x2.add (local.get $sum2) (local.get $sum3))))
    (f64.add (f64x2.extract_lane 0 (local.get $x)) (f64x2.extract_lane 1 (local.get $x)))))
